/** The arguments of a command, for the place where the command runs. */

const FLAG = '--run-in'

/** Without the option that sent it there. */
export function withoutRunIn(args: readonly string[]): string[] {
  return args.filter(
    (arg, i) => arg !== FLAG && args[i - 1] !== FLAG && !arg.startsWith(`${FLAG}=`),
  )
}
