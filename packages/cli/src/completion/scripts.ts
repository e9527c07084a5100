import type { Call } from '../command/call.ts';

/** Each shell asks `tidelog __complete SHELL WORDS...`, and completes files where that knows nothing. */
const scripts: Readonly<Record<string, string>> = {
  bash: `_tidelog() {
  local IFS=$'\\n'
  COMPREPLY=($(tidelog __complete bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _tidelog tidelog
`,
  zsh: `#compdef tidelog
_tidelog() {
  local -a lines
  lines=("\${(@f)$(tidelog __complete zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  lines=("\${(@)lines:#}")
  if (( \${#lines} == 0 )); then
    _files
  else
    _describe tidelog "\${(@)lines/$'\\t'/:}" 2>/dev/null || compadd -- "\${(@)lines%%$'\\t'*}"
  fi
}
compdef _tidelog tidelog
`,
  fish: `function __tidelog_complete
    set -l found (tidelog __complete fish (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c tidelog -f -a '(__tidelog_complete)'
`,
};

export async function printCompletion({ args, terminal }: Call): Promise<void> {
  await terminal.write(scripts[args[0]!]!);
}
