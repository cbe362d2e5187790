import type { RequestName } from '../../protocol/contract.ts'
import { isRecord } from '../../protocol/names.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Problem, Reason } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { holdsKnownKey, looksLikeKey } from '../../shared/keys/keyShape.ts'
import { localizable, withMessage } from '../../shared/message.ts'

/** Requests that only look: what they name is there already, or is not found. */
const looking =
  /\/(?:list|get|read|kinds|scan|recognise|dependents|remove|delete|resolve|results|summary|item|items|locate|cancel|pause|keep|undo|diff|compare|reset|describe|export|rewrite|check|frontMatter|markdownFiles)$/

/**
 * Names of values that are no names: the one place for a key, what is judged, where it stands, and the ids and digests that come with it.
 */
const passedOver: ReadonlySet<string> = new Set([
  'key',
  'text',
  'item',
  'source',
  'id',
  'ids',
  'runId',
  'threadId',
  'again',
  'material',
  'inputHash',
  'digest',
  'cursor',
  'path',
  'paths',
  'workspaceFolder',
  'output',
  'ifUpdatedAt',
])

type Judge = (text: string) => boolean

/** What stands within goes to a provider as it is, whatever its names are. */
const withoutNames: ReadonlySet<string> = new Set(['extra_body'])

/** How a value of that name is judged; null: it is passed over. Texts that are kept as they are written have digests in their place. */
function judgeOf(name: string, method: RequestName): Judge | null {
  if (name === 'text' && method === 'prompt/save') return looksLikeKey
  if (name === 'text' && method === 'thread/send') return holdsKnownKey
  // Elsewhere it is a price.
  if (name === 'input' && method === 'model/decide') return null
  return passedOver.has(name) ? null : looksLikeKey
}

/**
 * A key in a value that would be kept, or sent as a name: keys have the masked box and no other place. Null: there is none. The value is
 * repeated nowhere, wherever it stands: not in the path either, where it is the name of a field.
 */
export function refuseKeys(method: RequestName, params: unknown): Outcome<never> | null {
  if (looking.test(method)) return null
  const paths = pathsOfKeys(params, [], looksLikeKey, (name) => judgeOf(name, method))
  if (paths.length === 0) return null
  const inConfig = paths.filter(([first]) => first === 'config').map((path) => path.slice(1))
  const provider = isRecord(params) ? params.provider : undefined
  if (inConfig.length === paths.length && (provider === undefined || typeof provider === 'string')) {
    // Of settings that are not saved yet, the kind is the only name: as the test of them has it.
    const named = provider ?? (isRecord(params) ? String(params.kind) : '')
    return fail({ code: 'config_invalid', provider: named, problems: inConfig.map(problemAt) })
  }
  return fail({ code: 'key_refused', problems: paths.map(problemAt) })
}

/** A failure that would repeat a key as the name of what is not there. A label is named by a digest. */
export function withoutKeyAsName(reason: Reason): Outcome<never> | null {
  if (reason.code !== 'not_found' || reason.what === 'label') return null
  return looksLikeKey(reason.id) ? fail({ code: 'key_refused', problems: [problemAt([reason.what])] }) : null
}

function problemAt(path: readonly string[]): Problem {
  const sentence = localizable(
    'this looks like a key, and a key goes only into the masked box that "Set the key" opens',
  )
  return { path: path.join('.'), ...withMessage('message', sentence) }
}

type Path = readonly string[]
const mostProblems = 20
/** Nothing of the contract is as deep; what is, its schema refuses. */
const deepest = 20

function pathsOfKeys(value: unknown, at: Path, isKey: Judge, judge: (name: string) => Judge | null): Path[] {
  if (typeof value === 'string') return isKey(value) ? [at] : []
  if (at.length > deepest) return []
  if (Array.isArray(value)) {
    const found = value.flatMap((each, index) => pathsOfKeys(each, [...at, String(index)], isKey, judge))
    return found.slice(0, mostProblems)
  }
  if (!isRecord(value)) return []
  const found = Object.entries(value).flatMap(([name, inside]) => {
    if (looksLikeKey(name)) return [[...at, '…']]
    const own = judge(name)
    return own === null ? [] : pathsOfKeys(inside, [...at, name], own, withoutNames.has(name) ? () => own : judge)
  })
  return found.slice(0, mostProblems)
}
