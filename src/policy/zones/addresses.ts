/** Reads the addresses of hosts in zone policies. */
import ipaddr from 'ipaddr.js'
import type { Family } from '../../net/protocol.ts'

export type HostAddressReading =
  | { readonly ok: true; readonly value: { readonly family: Family; readonly address: string } }
  | { readonly ok: false; readonly message: string }

export function readHostAddress(text: string): HostAddressReading {
  const isSix = text.includes(':')
  const isAddress = isSix
    ? ipaddr.IPv6.isValid(text) && !text.includes('%')
    : ipaddr.IPv4.isValidFourPartDecimal(text)
  if (!isAddress) return { ok: false, message: whyNot(text) }
  return { ok: true, value: { family: isSix ? 6 : 4, address: ipaddr.parse(text).toString() } }
}

function whyNot(text: string): string {
  if (text.includes('/')) return 'a host has one address: remove the prefix length'
  const parts = /^\d+(?:\.\d+){3}$/.test(text) ? text.split('.') : []
  const beyond = parts.find((part) => Number(part) > 255)
  return beyond === undefined
    ? 'is not an address: write one like 192.0.2.80 or 2001:db8::80'
    : `is not an address: ${beyond.slice(0, 20)} is above 255`
}
