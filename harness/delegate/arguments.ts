/** The arguments of a command, as they are meant where it is carried out. */

const FLAG = '--run-in'

/** Without the option that sent it there. */
export function withoutRunIn(args: readonly string[]): string[] {
  return args.filter(
    (arg, i) => arg !== FLAG && args[i - 1] !== FLAG && !arg.startsWith(`${FLAG}=`),
  )
}
