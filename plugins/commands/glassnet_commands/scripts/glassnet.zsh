#compdef glassnet

_glassnet_completion() {
    local -a response words_found options_found
    local type value help
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) _GLASSNET_COMPLETE=zsh_complete glassnet)}")
    for type value help in $response; do
        case $type in
            plain)
                # Behind the name of an option comes its value.
                if [[ $value == *= ]]; then options_found+=("$value"); else words_found+=("$value"); fi ;;
            dir) _path_files -/ ;;
            file) _path_files -f ;;
        esac
    done
    compadd -U -V unsorted -a words_found
    compadd -U -V unsorted -S '' -a options_found
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _glassnet_completion "$@"
else
    compdef _glassnet_completion glassnet
fi
