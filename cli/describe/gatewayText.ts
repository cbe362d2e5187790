import type { Gateway, GatewayPlan, GatewayStep, GatewaySync, GatewayTest } from '../../protocol/gateways.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { age, count } from '../terminal/format.ts'
import { neutralise, oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { modelTestText } from './modelTestText.ts'

type Place = Pick<Invocation, 'terminal'>

export function gatewaysText({ terminal }: Place, gateways: readonly Gateway[]): string {
  if (gateways.length === 0) return 'There is no gateway. Add one: gateway add ID --url URL'
  const columns: Column<Gateway>[] = [
    { heading: 'gateway', text: ({ gateway }) => gateway, most: 24 },
    { heading: 'url', text: ({ url }) => url, most: 48 },
    { heading: 'keys', text: ({ keys }) => keys },
    { heading: 'models', text: (gateway) => modelsText(gateway) },
    { heading: 'synced', text: ({ checkedAt }) => (checkedAt === null ? 'never' : age(checkedAt, terminal.now())) },
  ]
  const table = renderTable(terminal.stdout, columns, gateways, {
    column: { heading: 'to know', text: ({ reason }) => (reason === null ? '' : oneLine(reason.message)), share: 1 },
    below: true,
  })
  const entries = gateways.flatMap(({ gateway, entries: each }) => each.map((entry) => ({ gateway, ...entry })))
  if (entries.length === 0) return table
  return `${table}\n${renderTable(terminal.stdout, entryColumns, entries)}`
}

type Entry = Gateway['entries'][number] & { gateway: string }

const entryColumns: Column<Entry>[] = [
  { heading: 'gateway', text: ({ gateway }) => gateway, most: 24 },
  { heading: 'model', text: ({ provider, model }) => `${provider} / ${model}`, most: 48 },
  { heading: 'name there', text: ({ name }) => name },
  { heading: 'state', text: (entry) => entryState(entry), share: 1 },
]

function entryState({ isThere, intent, reason }: Entry): string {
  const state = intent === null ? (isThere ? 'there' : 'not there') : `to ${intent}`
  return reason === null ? state : `${state}: ${oneLine(reason.message)}`
}

function modelsText({ entries }: Gateway): string {
  const waiting = entries.filter(({ intent }) => intent !== null).length
  const there = entries.filter(({ isThere }) => isThere).length
  return waiting === 0 ? String(there) : `${there}, ${waiting} waiting`
}

/** What a sync would do, step by step; what would stay as it is is only counted. */
export function gatewayPlanText(plan: GatewayPlan): string {
  const { steps, foreign, unconfirmed, sendsKeysOf, url } = plan
  const shown = steps.filter(({ action }) => action !== 'keep')
  const lines = shown.flatMap((step) => [stepLine(step, wouldWords[step.action]), ...differenceLines(step)])
  const kept = steps.length - shown.length
  const counts = [
    shown.length === 0 ? 'Nothing would change' : count(shown.length, 'step'),
    `${count(kept, 'model')} as they should be`,
    `${count(foreign, 'entry', 'entries')} of others, left alone`,
  ]
  return [...lines, `${counts.join(', ')}.`, ...keyLines(sendsKeysOf, unconfirmed, url)].join('\n')
}

const wouldWords: Record<GatewayStep['action'], string> = {
  make: 'would make',
  replace: 'would replace',
  remove: 'would remove',
  keep: 'would keep',
  refuse: 'not possible',
}

/** What leaves the machine, before anybody agrees to it. */
export function keyLines(sendsKeysOf: readonly string[], unconfirmed: readonly string[], url: string): string[] {
  if (sendsKeysOf.length === 0) return []
  const agreed = unconfirmed.length === 0 ? ' You have agreed to that.' : ''
  return [
    `Keys that leave this machine as values, and are stored at ${oneLine(url)}: those of ${sendsKeysOf.join(', ')}.${agreed}`,
  ]
}

function stepLine({ provider, model, name, key, reason }: GatewayStep, what: string): string {
  const named = provider === null ? (name ?? '') : `${provider} / ${model}`
  const as = name === null || provider === null ? '' : ` as ${name}`
  const keyed = key === null ? '' : `, ${keyWords(key)}`
  const why = reason === null ? '' : `: ${neutralise(reason.message)}`
  return oneLine(`${what} ${named}${as}${keyed}${why}`)
}

function keyWords(key: NonNullable<GatewayStep['key']>): string {
  if (key.kind === 'variable') return `its key from ${key.name} there`
  return key.kind === 'value' ? 'its key as a value' : 'without a key'
}

function differenceLines({ differences }: GatewayStep): string[] {
  return differences.map(({ field, before, after }) =>
    field === 'api_key'
      ? '    api_key: another one'
      : `    ${field}: ${oneLine(JSON.stringify(before))} → ${oneLine(JSON.stringify(after))}`,
  )
}

const doneWords: Record<GatewayStep['action'], [done: string, failed: string]> = {
  make: ['made', 'not made'],
  replace: ['replaced', 'not replaced'],
  remove: ['removed', 'not removed'],
  keep: ['kept', 'kept'],
  refuse: ['not possible', 'not possible'],
}

export function gatewaySyncText({ steps, foreign }: GatewaySync): string {
  const shown = steps.filter(({ action, isDone, reason }) => action !== 'keep' || !isDone || reason !== null)
  const lines = shown.map((step) => stepLine(step, doneWords[step.action][step.isDone ? 0 : 1]))
  const there = steps.filter(({ action, isDone }) => isDone && action !== 'remove').length
  const counts = `${count(there, 'model')} as they should be, ${count(foreign, 'entry', 'entries')} of others left alone.`
  return [...lines, counts].join('\n')
}

export function gatewayTestText(place: Place, { url, latencyMs, ours, foreign, tested }: GatewayTest): string {
  const head = `${oneLine(url)} answers, takes the key and has a database (${latencyMs} ms): ${count(ours, 'model')} of this store, ${count(foreign, 'entry', 'entries')} of others.`
  return tested === null ? head : `${head}\n${tested.name}\n${modelTestText(place, tested.report)}`
}
