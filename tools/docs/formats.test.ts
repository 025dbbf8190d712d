import { describe, expect, test } from 'vitest'
import { resultSchemas, type Schema, silentFields } from './formats.ts'

const schemas = [...resultSchemas()]

test('the page has every format of results', () => {
  expect(schemas.map(([name]) => name).sort()).toEqual([
    'diff',
    'explain',
    'matrix',
    'result',
    'review',
  ])
})

describe.each(schemas)('%s', (_, schema) => {
  test('every field has a description', () => {
    expect(silentFields(schema)).toEqual([])
  })

  test('a field without a description is reported', () => {
    const fields = fieldsOf(schema)
    expect(fields.length).toBeGreaterThan(20)
    for (const field of fields) {
      const { description } = field
      Reflect.deleteProperty(field, 'description')
      const silent = silentFields(schema)
      Object.assign(field, { description })
      expect(silent, description).toHaveLength(1)
    }
  })
})

/** Every property of every object that describes itself, wherever it is. */
function fieldsOf(value: unknown): Schema[] {
  if (typeof value !== 'object' || value === null) return []
  const { properties = {} } = value as Schema
  const own = Object.values(properties).filter((one) => one.$ref === undefined)
  return [...own, ...Object.values(value).flatMap(fieldsOf)]
}
