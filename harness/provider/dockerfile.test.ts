import { describe, expect, test } from 'vitest'
import { NO_TRUST, TRUSTABLE } from '../../src/firewall/trust.ts'
import { problemsOfDockerfile } from './dockerfile.ts'

const said = (text: string): string[] =>
  problemsOfDockerfile(text, 'Dockerfile', NO_TRUST).map(
    ({ at, message }) => `${at.line}: ${message}`,
  )

describe('a Dockerfile that needs more than its build container is refused', () => {
  test.each([
    ['FROM a\nRUN --network=host id', '2: RUN --network:'],
    ['FROM a\nrun --mount=type=cache,target=/x --network=host id', '2: RUN --network:'],
    ['FROM a\nRUN --security=insecure mount /dev/sda /mnt', '2: RUN --security:'],
    [
      'FROM a\nRUN \\\n  # a comment\n\n  --mount=type=bind,source=/,target=/x id',
      '2: RUN --mount:',
    ],
    ['# escape=`\nFROM a\nRUN `\n --network=host id', '3: RUN --network:'],
    ['FROM a\nONBUILD RUN --network=host id', '2: RUN --network:'],
    ['FROM a\nADD http://169.254.169.254/latest /x', '2: ADD "http://169.254.169.254/latest"'],
    ['FROM a\nADD --chown=0:0 ["https://example.org/a", "/b"]', '2: ADD "https://'],
    ['FROM a\nADD git@example.org:x.git /x', '2: ADD "git@example.org'],
    ['# syntax=example.org/mine\nFROM a', '1: syntax "example.org/mine"'],
  ])('%j', (text, begins) => {
    expect(said(text)).toEqual([expect.stringContaining(begins)])
    expect(said(text)[0]).toMatch(/\(--trust build\)$/)
    expect(problemsOfDockerfile(text, 'Dockerfile', new Set(TRUSTABLE))).toEqual([])
  })

  test('all refusals are reported together', () => {
    expect(
      said('FROM a\nRUN --network=host a\nADD ftp://b/c /d\nRUN --security=insecure e'),
    ).toHaveLength(3)
  })

  test.each([
    'FROM debian:12\nRUN apt-get install -y nftables\nCOPY start.sh /\nADD rules.tar /etc\nCMD ["/start.sh"]\n',
    'FROM a\nRUN echo --network=host\n# RUN --network=host\nRUN id \\\n  --security=insecure\n',
    'FROM a\nRUN curl https://example.org\nENV A=http://b\n',
  ])('an ordinary Dockerfile is accepted: %j', (text) => {
    expect(said(text)).toEqual([])
  })
})
