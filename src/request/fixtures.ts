/** Requests for tests. */
import { readRequest } from './read.ts'
import type { Request } from './request.ts'

/** A pending request as a file. `more` adds keys or replaces those that it names. */
export function requestText(more: Readonly<Record<string, string>> = {}): string {
  const lines = {
    request: 'smtp-shop',
    project: 'shop',
    organization: 'acme',
    useCase: 'Order confirmations leave through our mail provider',
    ports: '{ tcp: 25 }',
    requested: '2026-06-01',
    ...more,
  }
  return Object.entries(lines)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}

export function requestOf(more: Readonly<Record<string, string>> = {}, file = 'r.yaml'): Request {
  const reading = readRequest(requestText(more), file)
  if (!reading.ok) throw new Error(reading.problems[0]?.message)
  return reading.value
}
