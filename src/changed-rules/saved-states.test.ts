import { expect, test } from 'vitest'
import { byState } from './saved-states.ts'

const where = { family: 'ip', table: 'filter', chain: 'INPUT', text: '' }
const states = (saved: string) => byState({ where, statements: [], saved }).map((one) => one.saved)

test.each<[string, string[]]>([
  [
    '-A INPUT -m conntrack --ctstate NEW,INVALID -j ACCEPT',
    [
      '-A INPUT -m conntrack --ctstate NEW -j ACCEPT',
      '-A INPUT -m conntrack --ctstate INVALID -j ACCEPT',
    ],
  ],
  [
    '-A INPUT -m state ! --state ESTABLISHED,RELATED,NEW -j DROP',
    ['-A INPUT -m state --state INVALID -j DROP', '-A INPUT -m state --state UNTRACKED -j DROP'],
  ],
])('each state is a rule of its own: %s', (saved, expected) => {
  expect(states(saved)).toEqual(expected)
})

test.each(['-A INPUT -j DROP', '-A INPUT -m conntrack --ctstate NEW,DNAT -j ACCEPT'])(
  'other rules stay whole: %s',
  (saved) => {
    expect(states(saved)).toEqual([saved])
  },
)
