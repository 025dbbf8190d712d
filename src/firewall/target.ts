/** An existing namespace, process, container or interface in which a firewall is tested. */

export type Target =
  /** A named namespace, as in `ip netns list`. */
  | { readonly kind: 'netns'; readonly name: string }
  /** The namespace of a process. */
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'container'; readonly container: ContainerSpec }
  | NicTarget

/** Another machine, connected to interfaces of this one. */
export interface NicTarget {
  readonly kind: 'nic'
  /** The interface of each zone. */
  readonly interfaces: Readonly<Record<string, string>>
}

export interface ContainerSpec {
  readonly source: ImageSource
  /** The sign that the image has set its own rules. Absent: it sets none. */
  readonly ready?: Readiness
}

export type ImageSource =
  | { readonly kind: 'image'; readonly image: string }
  /** Its folder is the build context. */
  | { readonly kind: 'dockerfile'; readonly file: string }
  | { readonly kind: 'compose'; readonly file: string; readonly service: string }

export interface Readiness {
  readonly sign: Sign
  readonly timeoutMs: number
}

export type Sign =
  /** A line of its output contains this text. */
  | { readonly kind: 'log'; readonly text: string }
  /** This command exits with 0 in the container. */
  | { readonly kind: 'command'; readonly command: string }
  /** This file exists in the container. */
  | { readonly kind: 'file'; readonly path: string }

export const READY_MS = 60_000

/** The form of the command line: `netns:r1`, `image:appliance`. */
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

/** `shop=eth1`, the form of the command line. */
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
