"""What takes long is drawn seldom, and never lost."""

from paramdyn_tui.tui.calm import SHARE, Calm


class Pump:
    """Keeps the timers that are set."""

    def __init__(self):
        self.timers = []

    def set_timer(self, seconds, call):
        self.timers.append((seconds, call))
        return self


class Desk:
    """Draws for so many seconds, and knows how often it has."""

    def __init__(self, seconds, **options):
        self.now, self.seconds, self.drawn, self.pump = 100.0, seconds, 0, Pump()
        self.calm = Calm(self.pump, self.draw, clock=lambda: self.now, **options)

    def draw(self):
        self.drawn += 1
        self.now += self.seconds

    def ring(self):
        [(seconds, call)] = self.pump.timers
        self.pump.timers.clear()
        self.now += seconds
        call()


def test_what_is_quick_is_drawn_each_time():
    desk = Desk(0.001)
    for _ in range(5):
        desk.calm.changed()
    assert (5, []) == (desk.drawn, desk.pump.timers)


def test_what_takes_long_has_its_share_of_the_time_and_the_last_change_is_drawn():
    desk = Desk(0.1)
    desk.calm.changed()
    assert 1 == desk.drawn
    for _ in range(50):
        desk.calm.changed()
    assert 1 == desk.drawn
    [(seconds, _)] = desk.pump.timers
    assert abs(0.1 / (0.1 + seconds) - SHARE) < 1e-9
    desk.ring()
    assert (2, []) == (desk.drawn, desk.pump.timers)
    desk.now += 10.0
    desk.calm.changed()
    assert 3 == desk.drawn


def test_keys_can_have_a_turn_before_each_time():
    desk = Desk(0.001, least=0.005)
    desk.calm.changed()
    desk.calm.changed()
    assert (0, 1) == (desk.drawn, len(desk.pump.timers))
    desk.ring()
    assert 1 == desk.drawn
