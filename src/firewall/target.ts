/** Where the namespace of a firewall comes from that is not put into one of the lab's own. */

export type Target =
  /** A namespace with a name, as `ip netns list` has them. */
  | { readonly kind: 'netns'; readonly name: string }
  /** The namespace of a process. */
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'container'; readonly container: ContainerSpec }
  | NicTarget

/** Another machine, between interfaces of this one. */
export interface NicTarget {
  readonly kind: 'nic'
  /** Interface that each zone is behind. */
  readonly interfaces: Readonly<Record<string, string>>
}

export interface ContainerSpec {
  readonly source: ImageSource
  /** How it is known that the image's own start-up has set its rules; absent: it sets none. */
  readonly ready?: Readiness
}

export type ImageSource =
  | { readonly kind: 'image'; readonly image: string }
  /** The folder that it lies in is the context. */
  | { readonly kind: 'dockerfile'; readonly file: string }
  | { readonly kind: 'compose'; readonly file: string; readonly service: string }

export interface Readiness {
  readonly sign: Sign
  readonly timeoutMs: number
}

export type Sign =
  /** A line of its output that has this in it. */
  | { readonly kind: 'log'; readonly text: string }
  /** A command that ends with 0 in it. */
  | { readonly kind: 'command'; readonly command: string }
  /** A file of its own that is there. */
  | { readonly kind: 'file'; readonly path: string }

export const READY_MS = 60_000

/** As it is written on a command line: `netns:r1`, `image:appliance`. */
export function targetName(target: Target): string {
  switch (target.kind) {
    case 'netns':
      return `netns:${target.name}`
    case 'pid':
      return `pid:${target.pid}`
    case 'container':
      return sourceName(target.container.source)
    case 'nic':
      return `nic:${interfacePairs(target).join(',')}`
    default:
      throw new Error(`unknown provider ${target satisfies never}`)
  }
}

/** `shop=eth1`, as it is written on a command line. */
export const interfacePairs = ({ interfaces }: NicTarget): string[] =>
  Object.entries(interfaces).map((pair) => pair.join('='))

export function sourceName(source: ImageSource): string {
  switch (source.kind) {
    case 'image':
      return `image:${source.image}`
    case 'dockerfile':
      return `dockerfile:${source.file}`
    case 'compose':
      return `compose:${source.file}#${source.service}`
    default:
      throw new Error(`unknown source ${source satisfies never}`)
  }
}

export function signName(sign: Sign): string {
  switch (sign.kind) {
    case 'log':
      return `${JSON.stringify(sign.text)} in its output`
    case 'command':
      return `the command ${JSON.stringify(sign.command)} to succeed`
    case 'file':
      return `the file ${sign.path}`
    default:
      throw new Error(`unknown sign ${sign satisfies never}`)
  }
}
