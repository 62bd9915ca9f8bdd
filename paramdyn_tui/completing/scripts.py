"""The scripts by which a shell asks ``paramdyn`` what could come next.

The shell calls the command itself with ``_PARAMDYN_COMPLETE`` set: to ``bash`` with the line in the
environment, because bash splits words at ``:``, ``=`` and ``@``, to ``zsh`` or ``fish`` with the
words up to the cursor as arguments; the last one comes from ``fish`` with its quotes. The answer is
one candidate a line, ``VALUE<tab>HELP``; the one line ``FILES`` means names of files.
"""

from __future__ import annotations

VARIABLE = "_PARAMDYN_COMPLETE"
FILES = "__files__"

BASH = r"""# Completion of paramdyn for bash. Install it for yourself:
#   mkdir -p ~/.local/share/bash-completion/completions
#   paramdyn completion bash > ~/.local/share/bash-completion/completions/paramdyn
# or, without the package bash-completion, add this line to ~/.bashrc:
#   eval "$(paramdyn completion bash)"
_paramdyn() {
    local line answer
    COMPREPLY=()
    answer="$(_PARAMDYN_COMPLETE=bash _PARAMDYN_LINE="${COMP_LINE:0:COMP_POINT}" \
        _PARAMDYN_BREAKS="$COMP_WORDBREAKS" "${1/#\~\//$HOME/}" 2>/dev/null)"
    while IFS= read -r line; do
        if [[ "$line" == __files__ ]]; then
            compopt -o default 2>/dev/null
        elif [[ -n "$line" ]]; then
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done <<< "$answer"
    if [[ ${#COMPREPLY[@]} -gt 0 && "${COMPREPLY[0]}" == *[@=:,] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _paramdyn paramdyn
"""

ZSH = r"""#compdef paramdyn
# Completion of paramdyn for zsh. Install it for yourself:
#   mkdir -p ~/.zfunc && paramdyn completion zsh > ~/.zfunc/_paramdyn
# and have these lines in ~/.zshrc:
#   fpath+=~/.zfunc
#   autoload -Uz compinit && compinit
_paramdyn() {
    local line
    local -a values shown open_values open_shown
    for line in "${(@f)$(_PARAMDYN_COMPLETE=zsh "${${(Q)words[1]}/#\~\//$HOME/}" \
            "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        [[ -z "$line" ]] && continue
        if [[ "$line" == __files__ ]]; then
            _files
            return
        fi
        if [[ "${line%%$'\t'*}" == *[@=:,] ]]; then
            open_values+=("${line%%$'\t'*}")
            open_shown+=("${line/$'\t'/  -- }")
        else
            values+=("${line%%$'\t'*}")
            shown+=("${line/$'\t'/  -- }")
        fi
    done
    (( $#values )) && compadd -l -d shown -a -- values
    (( $#open_values )) && compadd -l -S '' -d open_shown -a -- open_values
}
if [[ "$funcstack[1]" == _paramdyn ]]; then
    _paramdyn "$@"
else
    compdef _paramdyn paramdyn
fi
"""

FISH = r"""# Completion of paramdyn for fish. Install it for yourself:
#   paramdyn completion fish > ~/.config/fish/completions/paramdyn.fish
function __paramdyn_candidates
    set -l words (commandline -opc)
    set -l program (string replace --regex '^~/' "$HOME/" -- $words[1])
    set -l answer (_PARAMDYN_COMPLETE=fish $program $words[2..-1] "$(commandline -ct)" 2>/dev/null)
    if test "$answer" = __files__
        __fish_complete_path (commandline -ct)
    else
        string join \n -- $answer
    end
end
complete --command paramdyn --no-files --arguments '(__paramdyn_candidates)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
"""Shell -> script."""
