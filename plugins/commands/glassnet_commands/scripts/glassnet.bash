_glassnet_completion() {
    local IFS=$'\n' word words=() type value
    # Bash breaks words at colons, and KIND:NAME is one word.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if (( ${#words[@]} )) && [[ $word == :* || ${words[-1]} == *: ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    local current=${words[-1]} before_colon=""
    # Within quotes, Bash replaces the whole word.
    [[ $current == *:* && $current != [\"\']* ]] && before_colon=${current%"${current##*:}"}
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            plain) COMPREPLY+=("${value#"$before_colon"}") ;;
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
        esac
    done < <(COMP_WORDS="${words[*]}" COMP_CWORD=$(( ${#words[@]} - 1 )) _GLASSNET_COMPLETE=bash_complete "$1")
    # Behind a single reply Bash ends the word, and behind the name of an option comes its value.
    if [[ ${#COMPREPLY[@]} == 1 && $COMPREPLY == *= ]]; then
        COMPREPLY+=("$COMPREPLY...")
    fi
}

complete -o nosort -F _glassnet_completion glassnet
