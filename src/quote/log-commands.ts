/**
 * CI systems read commands from the output of a job: GitHub `::set-output name=x::y` at the start
 * of a line, and `##[…]` anywhere in one (actions/runner, ActionCommand.cs); Azure Pipelines
 * `##vso[…]`; TeamCity `##teamcity[…]`. A title or a comment in a ruleset must not be able to form
 * one.
 */
const AT_START = /^(\s*):(?=:[a-z-]+(?: [^\n]*)?::)/gim
const ANYWHERE = /#(?=#(?:vso|teamcity)?\[)/gi

/**
 * The same text, with the first character of every such command as `\x3a` or `\x23`, so CI systems
 * do not execute it.
 */
export function withoutLogCommands(text: string): string {
  return text.replaceAll(AT_START, '$1\\x3a').replaceAll(ANYWHERE, '\\x23')
}

/** The same for JSON, where such text occurs only within strings: the data stays the same. */
export function jsonWithoutLogCommands(json: string): string {
  return json.replaceAll(ANYWHERE, '\\u0023')
}
