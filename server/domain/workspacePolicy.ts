import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { Task } from '../../protocol/names.ts'
import type { PolicyView, WorkspacePolicy } from '../../protocol/policy.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { readOrigin } from './endpointOrigin.ts'

/** Rules, and what they say of the texts that a call is about. */
export interface PolicyFacts extends PolicyView {
  /**
   * What of the texts has to stay on this machine: a path that `local_only` names, within the folder of the rules; `unknown`: texts of which
   * nobody knows the file, while there are such paths. Null: nothing.
   */
  local: { path: string } | 'unknown' | null
}

/** Where texts would go. */
export interface PolicyTarget {
  provider: string
  kind: string
  model: string
  /** Null: nothing is called. */
  endpoint: string | null
  /** It is known of the model that its server passes on what it is sent. */
  leavesMachine: boolean
  /** Absent: it is no task's, such as embeddings and questions by hand. */
  task?: Task | undefined
}

/** Why the first of the rules that forbids it does. Null: all of them allow it. */
export function findDenial(policies: readonly PolicyFacts[], target: PolicyTarget): ReasonFacts | null {
  for (const policy of policies) {
    const { file, rules, problems } = policy
    const sentence = rules === null ? unreadable(policy) : deniedBy(rules, policy.local, target)
    if (sentence === null) continue
    const denied = { code: 'policy_denied', provider: target.provider, rule: 'workspace_rules', file } as const
    return { ...denied, ...withMessage('detail', sentence), ...(rules === null ? { problems } : {}) }
  }
  return null
}

function unreadable({ file, problems: [first] }: PolicyFacts): LocalizableMessage {
  const what = first?.localizable ?? localizableText(first?.message ?? '')
  return first?.line === undefined
    ? localizable('the rules in {0} cannot be read ({1})', file, what)
    : localizable('the rules in {0} cannot be read (line {1}: {2})', file, first.line, what)
}

function deniedBy(
  { providers, models, route = {} }: WorkspacePolicy,
  local: PolicyFacts['local'],
  target: PolicyTarget,
): LocalizableMessage | null {
  const { provider, kind, model, task } = target
  if (providers && !providers.some((name) => name === provider || name === kind))
    return providers.length === 0
      ? localizable('the rules of this folder allow no provider')
      : localizable('the rules of this folder allow only {0}', providers.join(', '))
  const isAllowed = (pattern: string) => matchesName(pattern, model) || isModelOf(pattern, target)
  if (models && !models.some(isAllowed))
    return models.length === 0
      ? localizable('the rules of this folder allow no model')
      : localizable('the rules of this folder allow only these models: {0}', models.join(', '))
  const locked = task && route[task]
  if (locked !== undefined && locked !== provider && locked !== kind && !isModelOf(locked, target))
    return localizable('the rules of this folder give the task to "{0}" alone', locked)
  if (local === null || staysHere(target)) return null
  return local === 'unknown'
    ? localizable(
        'the rules of this folder keep some texts on this machine, and of which file this text is, is not known',
      )
    : localizable('the rules of this folder keep {0} on this machine', local.path)
}

function isModelOf(pattern: string, { provider, kind, model }: PolicyTarget): boolean {
  return matchesName(pattern, `${provider}/${model}`) || matchesName(pattern, `${kind}/${model}`)
}

/** Models that Ollama passes on are named like this, also where their list has not been read. */
const cloudName = /[:-]cloud$/

function staysHere({ endpoint, leavesMachine, kind, model }: PolicyTarget): boolean {
  if (endpoint === null) return true
  if (leavesMachine || (kind === 'ollama' && cloudName.test(model))) return false
  return readOrigin(endpoint)?.isLoopback === true
}

/** The lowest of the caps, or the one that a person set where that is lower. */
export function capOf(policies: readonly PolicyFacts[], name: 'usd_per_run' | 'usd_per_day', own: number | undefined) {
  const caps = policies.flatMap(({ rules }) => rules?.caps?.[name] ?? [])
  const all = own === undefined ? caps : [...caps, own]
  return all.length === 0 ? undefined : Math.min(...all)
}

/**
 * Whether a pattern of `local_only` names the path, both relative and with slashes. Without regard to case, because some file systems have
 * none; a folder names what is in it, and a pattern without a slash counts at any depth, as in a `.gitignore`.
 */
export function namesPath(pattern: string, path: string): boolean {
  const wanted = pattern
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  if (!pattern.replaceAll('\\', '/').replace(/\/$/, '').includes('/')) wanted.unshift('**')
  const parts = path.split('/').filter((part) => part !== '')
  return matchesParts(wanted, parts)
}

/** Each row says where the pattern up to there can end: no pattern takes longer than its length times that of the path. */
function matchesParts(wanted: readonly string[], parts: readonly string[]): boolean {
  let reached = parts.map((_, index) => index === 0)
  reached.push(parts.length === 0)
  for (const part of wanted) {
    const next = reached.map(() => false)
    reached.forEach((isReached, index) => {
      if (part === '**') next[index] = isReached || (index > 0 && next[index - 1] === true)
      else if (isReached && index < parts.length && matchesName(part, parts[index] ?? '', true)) next[index + 1] = true
    })
    reached = next
  }
  // Where the pattern ends before the path does, it names a folder around it.
  return reached.includes(true)
}

/** `*` stands for any characters, `?` for one. Goes back to the last star only, so that no pattern makes it slow. */
export function matchesName(pattern: string, name: string, ignoresCase = false): boolean {
  const [wanted, given] = ignoresCase ? [pattern.toLowerCase(), name.toLowerCase()] : [pattern, name]
  let star = -1
  let from = 0
  let at = 0
  let place = 0
  while (at < given.length) {
    if (wanted[place] === '*') {
      star = place++
      from = at
    } else if (place < wanted.length && (wanted[place] === '?' || wanted[place] === given[at])) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++from
    } else return false
  }
  while (wanted[place] === '*') place++
  return place === wanted.length
}
