/**
 * A rule of iptables → one rule for each state of connection tracking that it accepts, as atoms do
 * it for rules of nft: `--ctstate NEW,INVALID` is tried with packets of both states.
 */
import type { ChainRule } from '../nft/chains.ts'

const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED']
const ASKED = /(! )?--(ctstate|state) (\S+)/g

/** The rule itself if it asks for one state, for none, or for translations, which are called states too. */
export function byState(rule: ChainRule): readonly ChainRule[] {
  const { saved } = rule
  if (saved === undefined) return [rule]
  const [only, ...others] = [...saved.matchAll(ASKED)]
  if (!only || others.length > 0) return [rule]
  const [text, not, option, list = ''] = only
  const named = list.split(',')
  if (!named.every((state) => STATES.includes(state))) return [rule]
  const states = not ? STATES.filter((state) => !named.includes(state)) : named
  return states.map((state) => ({ ...rule, saved: saved.replace(text, `--${option} ${state}`) }))
}
