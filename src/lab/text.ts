/** LabPlan → the text of a lab file. Reading it gives the same plan. */
import { Document, isSeq, visit } from 'yaml'
import type { ZoneAddress } from '../net/address.ts'
import { yamlComment } from '../quote/yaml.ts'
import type { LabPlan, LabZone } from './lab.ts'

const WIDTH = 100

/** `told` becomes comments at the top, one line each. */
export function labText(plan: LabPlan, reasons: readonly string[] = []): string {
  const { zones, forwarding, sysctls } = plan
  const document = new Document(
    {
      zones: Object.fromEntries(zones.map((zone) => [zone.name, zoneValue(zone)])),
      forwarding,
      ...(Object.keys(sysctls).length === 0 ? {} : { sysctls }),
    },
    { version: '1.2', aliasDuplicateObjects: false },
  )
  // Lists on one line: yaml would break those that are too long.
  visit(document, {
    Seq: (_key, node) => {
      if (isSeq(node)) node.flow = true
    },
  })
  const text = document.toString({ lineWidth: WIDTH, flowCollectionPadding: false })
  return `${reasons.map(yamlComment).join('')}${text}`
}

function zoneValue(zone: LabZone): Record<string, unknown> {
  const { name, link, linkKind, addresses, own, routes, isDefault } = zone
  return {
    ...(link === name ? {} : { link }),
    ...(linkKind === undefined ? {} : { kind: linkKind }),
    addresses: addresses.map(addressText),
    ...(own === undefined ? {} : { own: own.map(addressText) }),
    ...(routes === undefined ? {} : { routes }),
    ...(isDefault === undefined ? {} : { default: isDefault }),
  }
}

const addressText = ({ address, prefixLength }: ZoneAddress): string => `${address}/${prefixLength}`
