import type { EntryDifference } from '../../protocol/gateways.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import type { EntryRow } from '../store/gatewayTable.ts'
import { type DesiredEntry, digestField, markField, type RefusedEntry } from './desiredEntries.ts'
import type { ListedEntry } from './liteLlm.ts'

/** What is to be done about one model or entry. */
export type Step =
  | { action: 'make'; desired: DesiredEntry }
  | { action: 'keep'; desired: DesiredEntry }
  | { action: 'replace'; desired: DesiredEntry; differences: EntryDifference[] }
  /** `row` is null where nothing is known of it here. */
  | { action: 'remove'; id: string; name: string; row: EntryRow | null }
  | { action: 'refuse'; provider: string; model: string; uuid: string | null; reason: ReasonFacts }

export interface Reconciled {
  steps: Step[]
  /** Entries that are not ours. */
  foreign: number
}

/** Whether this store made it. Only such an entry is ever touched; those of the proxy's own file never are. */
export function isOurs(mark: string, { isInDatabase, info }: ListedEntry): boolean {
  return isInDatabase && info[markField] === mark
}

/** What has to change at the gateway for it to have what is desired, and nothing else of ours. */
export function reconcile(
  { gateway, mark }: { gateway: string; mark: string },
  desired: readonly DesiredEntry[],
  refused: readonly RefusedEntry[],
  rows: readonly EntryRow[],
  listed: readonly ListedEntry[],
): Reconciled {
  const byId = new Map(listed.map((entry) => [entry.id, entry]))
  const wanted = new Set([...desired, ...refused.filter(({ keeps }) => keeps)].map(({ uuid }) => uuid))
  const ours = listed.filter((entry) => isOurs(mark, entry))
  return {
    steps: [
      ...desired.map((each): Step => {
        const there = byId.get(each.uuid)
        if (there === undefined) return { action: 'make', desired: each }
        const { provider, model, uuid } = each
        if (!isOurs(mark, there)) {
          const reason = { code: 'gateway_entry', gateway, provider, model, problem: 'taken' } as const
          return { action: 'refuse', provider, model, uuid, reason }
        }
        const differences = differencesOf(each, there)
        return differences.length === 0
          ? { action: 'keep', desired: each }
          : { action: 'replace', desired: each, differences }
      }),
      ...ours
        .filter(({ id }) => !wanted.has(id))
        .map(
          ({ id, name }): Step => ({ action: 'remove', id, name, row: rows.find(({ uuid }) => uuid === id) ?? null }),
        ),
      ...refused.map(({ keeps: _, ...each }): Step => ({ action: 'refuse', ...each })),
    ],
    foreign: listed.length - ours.length,
  }
}

/** What this store sets of an entry, beside its key; all other fields are the proxy's own. */
const parameterFields = [
  'model',
  'api_base',
  'api_version',
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'timeout',
  'dimensions',
]
const infoFields = ['mode', 'max_input_tokens']

/** Also what somebody changed at the gateway by hand. The key is in no list: that it differs is known by the digest alone. */
export function differencesOf({ entry, digest }: DesiredEntry, there: ListedEntry): EntryDifference[] {
  const { litellm_params: parameters, model_info: info, model_name: name } = entry
  const differences = [
    ...parameterFields.map((field) => difference(field, there.parameters[field], parameters[field])),
    // The proxy fills in what it knows itself of a model where nothing is said.
    ...Object.keys(info)
      .filter((field) => infoFields.includes(field))
      .map((field) => difference(field, there.info[field], info[field])),
    difference('model_name', there.name, name),
  ].filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
  if (differences.length > 0 || there.info[digestField] === digest) return differences
  return [difference('api_key', null, null)]
}

function difference(field: string, before: unknown, after: unknown): EntryDifference {
  return { field, before: jsonOf(before), after: jsonOf(after) }
}

function jsonOf(value: unknown): EntryDifference['before'] {
  return value === undefined ? null : (value as EntryDifference['before'])
}
