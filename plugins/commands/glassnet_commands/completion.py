"""``glassnet completion``: what a shell needs to complete commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from glassnet_commands.command_line import COMPLETE_VARIABLE, glassnet

# click's own script, but for two things: Bash breaks words at colons, and KIND:NAME is one word; and a name is
# completed beside files.
_BASH = """\
_glassnet_completion() {
    local IFS=$'\\n' word words=() type value
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if (( ${#words[@]} )) && [[ $word == :* || ${words[-1]} == *: ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    local current=${words[-1]} before_colon=""
    [[ $current == *:* ]] && before_colon=${current%"${current##*:}"}
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            plain) COMPREPLY+=("${value#"$before_colon"}") ;;
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
        esac
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$(( ${#words[@]} - 1 )) VARIABLE=bash_complete "$1")
}

complete -o nosort -F _glassnet_completion glassnet
"""


_LINES = [
    ("~/.bashrc", 'eval "$(glassnet completion bash)"'),
    ("~/.zshrc", 'eval "$(glassnet completion zsh)"'),
    ("~/.config/fish/config.fish", "glassnet completion fish | source"),
]


class _Completion(click.Command):
    """A command that says where its output belongs."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Lines"):
            formatter.write_dl(_LINES)


@click.command(cls=_Completion)
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that makes a shell complete commands, options and names.

    It completes datasets, run folders, layers, optimizers, losses, metrics and kinds, of plugins too. Put the line
    below into the file that your SHELL, which is bash, zsh or fish, reads when it starts.
    """
    if shell == "bash":
        click.echo(_BASH.replace("VARIABLE", COMPLETE_VARIABLE), nl=False)
        return
    script = get_completion_class(shell)
    assert script is not None
    click.echo(script(glassnet, {}, "glassnet", COMPLETE_VARIABLE).source(), nl=False)
