import type { CommandSpec } from '../command/spec.ts';

export const completionCommands: readonly CommandSpec[] = [
  {
    name: 'completion',
    about: 'print what makes a shell complete commands, options, topics and groups',
    args: [{ name: 'shell', choices: ['bash', 'zsh', 'fish'] }],
    examples: ['completion bash', 'completion fish'],
    run: async (call) => (await import('../completion/scripts.ts')).printCompletion(call),
  },
];
