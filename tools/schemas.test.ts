import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadScenarios } from '../harness/input/load.ts'
import { schemaFiles } from './schemas/files.ts'
import { staleSchemas } from './schemas.ts'
import { SCENARIOS } from './testing/wrong.ts'

test('the published schemas are those of the code: npm run schemas brings them up to date', () => {
  expect(staleSchemas()).toEqual([])
  expect(schemaFiles().size).toBe(12)
})

describe('shipped scenarios', () => {
  const loaded = loadScenarios(SCENARIOS, [])

  test.each(loaded.map(({ scenario }) => scenario.file))(
    '%s fits the published schema and names it',
    (file) => {
      const path = file.startsWith('/') ? file : new URL(`../${file}`, import.meta.url).pathname
      const text = readFileSync(path, 'utf8')
      expect(text).toMatch(
        /^# yaml-language-server: \$schema=(\.\.\/)+schemas\/scenario\.schema\.json$/m,
      )
      const schema = JSON.parse(
        readFileSync(new URL('../schemas/scenario.schema.json', import.meta.url), 'utf8'),
      )
      const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
      expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
    },
  )

  test('each says what it claims and where the claim comes from', () => {
    for (const { scenario } of loaded) {
      expect(scenario.requirement.length).toBeGreaterThan(20)
      expect(scenario.source.length).toBeGreaterThan(10)
    }
  })
})
