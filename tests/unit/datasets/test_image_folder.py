"""``folder:PATH``: class folders, archives, and files that cannot be used."""

import io
import tarfile

import pytest
import torch
from PIL import Image

from paramdyn.datasets import load_dataset
from paramdyn.datasets.folder import folder
from paramdyn.errors import DatasetError
from paramdyn.specs.run_spec import DatasetSpec


def values(images):
    return images[:, 0, 0, 0].tolist()


def test_images_come_sorted_by_class_and_name(request_for, image_folder):
    data = folder(request_for("folder", image_folder))
    assert (6, 1, 6, 6) == tuple(data.train_images.shape)
    assert [0, 1, 2, 100, 101, 102] == values(data.train_images)
    assert [0, 0, 0, 1, 1, 1] == data.train_labels.tolist()
    assert [0, 1, 100, 101] == values(data.test_images)
    assert [0, 0, 1, 1] == data.test_labels.tolist()
    assert ("cat", "dog") == data.class_names


def test_the_name_in_a_spec(tmp_path, image_folder):
    spec = DatasetSpec(name=f"folder:{image_folder}", image_size=8)
    data = load_dataset(spec, data_folder=tmp_path, split_seed=0)
    assert (6, 1, 8, 8) == tuple(data.train.images.shape)


def test_one_coloured_image_makes_all_of_them_coloured(request_for, image_folder):
    Image.new("RGB", (6, 6), (1, 2, 3)).save(image_folder / "train" / "dog" / "9.PNG")
    data = folder(request_for("folder", image_folder))
    assert (7, 3, 6, 6) == tuple(data.train_images.shape)
    assert [1, 2, 3] == data.train_images[6, :, 0, 0].tolist()
    assert [101, 101, 101] == data.train_images[4, :, 0, 0].tolist()
    assert 3 == data.test_images.shape[1]


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "bmp", "webp", "PNG"])
def test_formats(request_for, image_folder, suffix):
    image = Image.new("L", (6, 6), 55)
    image.save(image_folder / "train" / "cat" / f"another.{suffix}")
    data = folder(request_for("folder", image_folder))
    found = data.train_images[data.train_labels == 0][:, 0].double().mean((1, 2))
    assert 4 == len(found)
    assert (found - 55).abs().min() < 2


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("LA", (40, 0), [40]),
        ("1", 1, [255]),
        ("RGBA", (1, 2, 3, 0), [1, 2, 3]),
        ("P", 0, [0, 0, 0]),
    ],
)
def test_kinds_of_pixels(request_for, image_folder, mode, colour, expected):
    Image.new(mode, (6, 6), colour).save(image_folder / "train" / "cat" / "0.png")
    data = folder(request_for("folder", image_folder))
    assert expected == data.train_images[0, :, 0, 0].tolist()


def test_other_files_are_ignored(request_for, image_folder):
    (image_folder / "train" / "cat" / "notes.txt").write_text("hello")
    (image_folder / "train" / "cat" / "._0.png").write_bytes(b"not an image")
    (image_folder / "train" / ".cache").mkdir()
    (image_folder / "train" / "list.csv").write_text("a,b")
    assert 6 == len(folder(request_for("folder", image_folder)).train_labels)


@pytest.mark.parametrize(
    ("ending", "prefix"), [("tar", ""), ("tar.gz", "some/where"), ("tgz", ".")]
)
def test_an_archive_is_read_without_extracting(request_for, image_folder, tmp_path, ending, prefix):
    expected = folder(request_for("folder", image_folder))
    archive = tmp_path / f"pictures.{ending}"
    with tarfile.open(archive, "w" if ending == "tar" else "w:gz") as packed:
        packed.add(image_folder, prefix or "/")
        escape = tarfile.TarInfo("../../train/cat/escape.png")
        escape.type, escape.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(escape)
    data = folder(request_for("folder", archive))
    assert torch.equal(expected.train_images, data.train_images)
    assert torch.equal(expected.test_labels, data.test_labels)
    assert expected.class_names == data.class_names


def check_refused(request, *parts):
    with pytest.raises(DatasetError) as error:
        folder(request)
    for part in parts:
        assert part in str(error.value)


def test_a_missing_path(request_for, tmp_path):
    check_refused(request_for("folder"), "it names no path", "'folder:PATH'")
    nowhere = tmp_path / "nowhere"
    check_refused(request_for("folder", nowhere), f"{nowhere}: there is no such folder or archive")


def test_a_corrupt_image_is_named(request_for, image_folder, damage):
    file = image_folder / "test" / "dog" / "1.png"
    damage(file, lambda data: data[:-25])
    check_refused(request_for("folder", image_folder), f"{file}: it cannot be decoded", "Replace")
    file.write_bytes(b"")
    check_refused(request_for("folder", image_folder), f"{file}: it cannot be decoded")


def test_sizes_must_agree(request_for, image_folder):
    file = image_folder / "train" / "dog" / "1.png"
    Image.new("L", (5, 7)).save(file)
    first = image_folder / "train" / "cat" / "0.png"
    check_refused(
        request_for("folder", image_folder), f"{file}: it is 7x5", f"'{first}' is 6x6", "Resize"
    )


def test_sixteen_bits_are_refused(request_for, image_folder):
    file = image_folder / "train" / "dog" / "1.png"
    Image.new("I;16", (6, 6)).save(file)
    check_refused(request_for("folder", image_folder), str(file), "'I;16'", "8 bits a channel")


def test_classes_must_agree(request_for, image_folder):
    (image_folder / "test" / "dog").rename(image_folder / "test" / "fox")
    check_refused(
        request_for("folder", image_folder), "only in train: dog; only in test: fox", "Add, rename"
    )


def test_an_empty_class_is_named(request_for, image_folder):
    (image_folder / "train" / "eel").mkdir()
    check_refused(request_for("folder", image_folder), "'train/eel' has no images", ".webp")


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_missing_split_is_named(request_for, image_folder, split):
    (image_folder / split).rename(image_folder / "other")
    check_refused(request_for("folder", image_folder), f"no class folders in '{split}/'")


def test_a_cut_archive_is_named(request_for, image_folder, tmp_path, damage):
    archive = tmp_path / "pictures.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(image_folder, "")
    damage(archive, lambda data: data[: len(data) // 2])
    check_refused(request_for("folder", archive), f"{archive}: it cannot be read to its end")
    archive.write_bytes(b"no archive")
    check_refused(request_for("folder", archive), f"{archive}: it cannot be read to its end")


def test_a_corrupt_image_in_an_archive_is_named(request_for, image_folder, tmp_path):
    archive = tmp_path / "pictures.tar"
    with tarfile.open(archive, "w") as packed:
        packed.add(image_folder, "")
        member = tarfile.TarInfo("train/cat/bad.png")
        member.size = 3
        packed.addfile(member, io.BytesIO(b"bad"))
    check_refused(request_for("folder", archive), f"{archive}: train/cat/bad.png: it cannot be")
