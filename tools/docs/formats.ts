/** The page of all formats that nftproof writes, from their JSON Schemas. */
import { schemaFiles } from '../schemas/files.ts'

/** The part of JSON Schema 2020-12 that zod makes. */
export interface Schema {
  readonly title?: string
  readonly description?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
}

/** What each is, by the name of its schema: the page's order. */
const FORMATS: Readonly<Record<string, string>> = {
  result:
    '`nftproof run --reporter json`, `merge --reporter json`, `show --reporter json`, and every `result.json`',
  diff: '`nftproof diff --reporter json`',
  explain: '`nftproof explain --reporter json`',
  matrix: '`nftproof matrix --reporter json`',
  review: '`nftproof request review --reporter json`',
}

export function formatsPage(): string {
  const schemas = new Map(
    [...schemaFiles()].map(([path, text]) => [formatName(path), JSON.parse(text) as Schema]),
  )
  const parts = Object.entries(FORMATS).map(([name, what]) =>
    partOf(name, what, schemas.get(name)!),
  )
  return `${[HEAD, ...parts].join('\n\n')}\n`
}

const formatName = (path: string): string => /([^/]+)\.schema\.json$/.exec(path)![1]!

function partOf(name: string, what: string, schema: Schema): string {
  const rows = rowsOf(schema, schema, '').map(
    ({ path, type, optional, description }) =>
      `| \`${path}\`${optional ? ' ?' : ''} | ${type} | ${description.replaceAll('|', '\\|')} |`,
  )
  return [
    `## ${name}`,
    '',
    `Written by ${what}. Schema: [\`${name}.schema.json\`](../schemas/${name}.schema.json).`,
    '',
    '| field | type | meaning |',
    '|---|---|---|',
    ...rows,
  ].join('\n')
}

/** Paths of the fields of a format that do not say what they mean, in one variant of an object at least. */
export function silentFields(schema: Schema, root = schema, prefix = ''): string[] {
  const {
    properties = {},
    anyOf = [],
    oneOf = [],
    items,
    additionalProperties,
    $defs = {},
  } = schema
  const named = Object.entries(properties).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    const said = value.description ?? followed(value, root, []).schema?.description ?? ''
    return [...(said.trim() === '' ? [path] : []), ...silentFields(value, root, path)]
  })
  const inner = typeof additionalProperties === 'object' ? [additionalProperties] : []
  return [
    ...named,
    ...[...anyOf, ...oneOf].flatMap((one) => silentFields(one, root, prefix)),
    ...(items ? silentFields(items, root, `${prefix}[]`) : []),
    ...inner.flatMap((one) => silentFields(one, root, `${prefix}.*`)),
    ...Object.entries($defs).flatMap(([name, one]) => silentFields(one, root, `${prefix}#${name}`)),
  ]
}

/** The schemas of all formats of the page, by name. */
export function resultSchemas(): Map<string, Schema> {
  const schemas = [...schemaFiles()].map(
    ([path, text]) => [formatName(path), JSON.parse(text) as Schema] as const,
  )
  return new Map(schemas.filter(([name]) => name in FORMATS))
}

interface Row {
  readonly path: string
  readonly type: string
  readonly optional: boolean
  readonly description: string
}

/** A row for every field, those of an object right behind it. Definitions are followed once on a way. */
function rowsOf(schema: Schema, root: Schema, prefix: string, way: readonly string[] = []): Row[] {
  const { schema: own, way: gone } = followed(schema, root, way)
  if (own === undefined) return []
  const variants = own.anyOf ?? own.oneOf
  if (variants) return unique(variants.flatMap((one) => rowsOf(one, root, prefix, gone)))
  if (own.items) return rowsOf(own.items, root, `${prefix}[]`, gone)
  const more = typeof own.additionalProperties === 'object' ? own.additionalProperties : undefined
  const named = Object.entries(own.properties ?? {}).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`
    const type = typeOf(value, root)
    const optional = !own.required?.includes(key)
    const description = value.description ?? followed(value, root, []).schema?.description ?? ''
    return [{ path, type, optional, description }, ...rowsOf(value, root, path, gone)]
  })
  return more ? [...named, ...rowsOf(more, root, `${prefix}.*`, gone)] : named
}

function followed(
  schema: Schema,
  root: Schema,
  way: readonly string[],
): { schema?: Schema; way: readonly string[] } {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1]
  if (name === undefined) return { schema, way }
  return way.includes(name) ? { way } : { schema: root.$defs![name]!, way: [...way, name] }
}

/** Variants of an object share fields. */
function unique(rows: readonly Row[]): Row[] {
  const byPath = new Map<string, Row>()
  for (const row of rows) {
    const before = byPath.get(row.path)
    byPath.set(row.path, before ? joined(before, row) : row)
  }
  return [...byPath.values()]
}

function joined(one: Row, other: Row): Row {
  const types = new Set([...one.type.split(', '), ...other.type.split(', ')])
  return { ...one, type: [...types].join(', '), description: one.description || other.description }
}

function typeOf(schema: Schema, root: Schema): string {
  const own = followed(schema, root, []).schema!
  if (own.const !== undefined) return `\`${JSON.stringify(own.const)}\``
  if (own.enum) return own.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ')
  const variants = own.anyOf ?? own.oneOf
  if (variants) return [...new Set(variants.map((one) => typeOf(one, root)))].join(', ')
  if (own.items) return `list of ${typeOf(own.items, root)}`
  if (own.prefixItems) return 'list'
  if (own.properties) return 'object'
  if (own.additionalProperties) return 'map'
  return own.type ?? 'any'
}

const HEAD = `# Result format

<!-- Generated by \`npm run docs\` from the schemas of the code. Do not edit. -->

Every result is JSON with \`format\` and \`version\`. A field with \`?\` may be absent. \`[]\` is each entry of a list, \`.*\` each value of a map. The JSON Schemas are in [\`schemas/\`](../schemas/) and in the package (\`nftproof/schemas/NAME.schema.json\`); those of the files that you write (policy, scenario, lab, platform, request, container, declared change: \`delta\`) are there too.

The same input gives the same result, byte for byte, apart from times: these stand in fields of their own. Lists have the order of the plan.`
