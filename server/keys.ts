import { type Outcome, succeed } from '../protocol/outcome.ts'
import type { ReasonFacts } from '../protocol/reasons.ts'
import { fail } from '../shared/fail.ts'
import type { KeyFacts } from './domain/resolutionSnapshot.ts'

/** What there is to know about a provider's key before it is asked for. */
export interface KeyOwner {
  provider: string
  need: 'required' | 'optional' | 'none'
  /** Origin that the key would be sent to; null when nothing is called. */
  origin: string | null
  /** Name of the environment variable that holds it; absent: the client's secret store has it. */
  variable?: string | undefined
  /** The origin that the variable was named for. */
  boundTo?: string | undefined
}

/** Asks the client for a key; a client without a secret store answers `secret_missing`. */
export type AskClient = (provider: string, origin: string) => Promise<Outcome<string>>

export interface Keys {
  /** The key to send, null for none. Memory only. Fails with `secret_missing` where a key is needed, or is bound elsewhere. */
  read(owner: KeyOwner): Promise<Outcome<string | null>>
  /** What is known without asking anybody. */
  facts(owner: KeyOwner): KeyFacts
  /** Whether an environment variable of this process holds something. */
  hasVariable(variable: string): boolean
  /** The client's secret store changed. */
  forget(provider: string): void
  /** Changes whenever an answer of `facts` may have changed. */
  readonly version: number
}

type Answer = { key: string } | { missing: ReasonFacts }

/** Keys live here only, in memory, each remembered for the one origin it was asked for. */
export function createKeys(
  askClient: AskClient,
  variables: Record<string, string | undefined>,
  onChanged: () => void,
): Keys {
  const answers = new Map<string, Answer>()
  const nameOf = (owner: KeyOwner): string => `${owner.provider} ${owner.origin}`
  let version = 0

  function remember(owner: KeyOwner, answer: Answer): void {
    const before = answers.get(nameOf(owner))
    answers.set(nameOf(owner), answer)
    if (before && 'key' in before === 'key' in answer) return
    version++
    onChanged()
  }

  async function ask(owner: KeyOwner, origin: string): Promise<Answer> {
    const known = answers.get(nameOf(owner))
    if (known && 'key' in known) return known
    const outcome = await askClient(owner.provider, origin)
    const answer: Answer = outcome.ok ? { key: outcome.value } : { missing: outcome.reason }
    remember(owner, answer)
    return answer
  }

  function fromVariable(owner: KeyOwner): Answer {
    const key = owner.variable ? variables[owner.variable] : undefined
    const facts = { code: 'secret_missing', provider: owner.provider, source: 'environment' } as const
    if (owner.boundTo && owner.origin && owner.boundTo !== owner.origin) {
      return { missing: { ...facts, variable: owner.variable, boundTo: owner.boundTo, origin: owner.origin } }
    }
    return key ? { key } : { missing: { ...facts, variable: owner.variable } }
  }

  /** An optional key may be absent, but one that was entered for another origin is never quietly left out. */
  function isTolerable(owner: KeyOwner, missing: ReasonFacts): boolean {
    return owner.need === 'optional' && !owner.variable && !('boundTo' in missing && missing.boundTo)
  }

  function known(owner: KeyOwner): Answer | undefined {
    return owner.variable ? fromVariable(owner) : answers.get(nameOf(owner))
  }

  return {
    async read(owner) {
      if (owner.need === 'none' || owner.origin === null) return succeed(null)
      const answer = owner.variable ? fromVariable(owner) : await ask(owner, owner.origin)
      if ('key' in answer) return succeed(answer.key)
      return isTolerable(owner, answer.missing) ? succeed(null) : fail(answer.missing)
    },
    facts(owner) {
      const source = owner.variable ? 'environment' : 'secret_store'
      const facts = { source, variable: owner.variable } as const
      if (owner.need === 'none' || owner.origin === null) return { ...facts, state: 'not_needed' }
      const answer = known(owner)
      if (!answer) return { ...facts, state: 'unknown' }
      if ('key' in answer) return { ...facts, state: 'present', boundTo: owner.boundTo }
      const boundTo = 'boundTo' in answer.missing ? answer.missing.boundTo : undefined
      return { ...facts, state: isTolerable(owner, answer.missing) ? 'not_needed' : 'missing', boundTo }
    },
    hasVariable: (variable) => Boolean(variables[variable]?.trim()),
    forget(provider) {
      for (const name of answers.keys()) if (name.startsWith(`${provider} `)) answers.delete(name)
      version++
      onChanged()
    },
    get version() {
      return version
    },
  }
}
