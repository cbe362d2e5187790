import type { Surface } from '../protocol/home.ts'
import { type Outcome, succeed } from '../protocol/outcome.ts'
import type { ReasonFacts } from '../protocol/reasons.ts'
import { fail } from '../shared/fail.ts'
import type { Changes } from './changes.ts'
import type { KeyFacts } from './domain/resolutionSnapshot.ts'
import type { KeyNotes } from './files/keyNotes.ts'
import type { KeyOwner } from './providers/openProvider.ts'

/** Asks the client for a key; a client without a secret store answers `secret_missing`. */
export type AskClient = (provider: string, origin: string) => Promise<Outcome<string>>

type Answer = { key: string } | { missing: ReasonFacts }

interface KeysParts {
  askClient: AskClient
  variables: Readonly<Record<string, string | undefined>>
  changes: Pick<Changes, 'emit'>
  /** Who else keeps a key that the client has not. */
  notes: Pick<KeyNotes, 'note' | 'otherKeeper' | 'isKeptHere'>
}

/** Keys live here only, in memory, each remembered for the one origin it was asked for. */
export class Keys {
  readonly #askClient: AskClient
  readonly #variables: KeysParts['variables']
  readonly #changes: KeysParts['changes']
  readonly #notes: KeysParts['notes']
  readonly #answers = new Map<string, Answer>()

  constructor({ askClient, variables, changes, notes }: KeysParts) {
    this.#askClient = askClient
    this.#variables = variables
    this.#changes = changes
    this.#notes = notes
  }

  /** The key to send, null for none. Memory only. Fails with `secret_missing` where a key is needed, or is bound elsewhere. */
  async read(owner: KeyOwner): Promise<Outcome<string | null>> {
    if (owner.need === 'none' || owner.origin === null) return succeed(null)
    const answer = owner.variable ? this.#fromVariable(owner) : await this.#ask(owner, owner.origin)
    if ('key' in answer) return succeed(answer.key)
    return isTolerable(owner, answer.missing) ? succeed(null) : fail(answer.missing)
  }

  /** What is known without asking anybody. */
  facts(owner: KeyOwner): KeyFacts {
    const source = owner.variable ? 'environment' : 'secret_store'
    const facts = { source, variable: owner.variable } as const
    if (owner.need === 'none' || owner.origin === null) return { ...facts, state: 'not_needed' }
    const answer = owner.variable ? this.#fromVariable(owner) : this.#answers.get(nameOf(owner))
    if (!answer) return { ...facts, state: 'unknown' }
    if ('key' in answer) return { ...facts, state: 'present', boundTo: owner.boundTo }
    const boundTo = 'boundTo' in answer.missing ? answer.missing.boundTo : undefined
    const keptBy = 'keptBy' in answer.missing ? answer.missing.keptBy : undefined
    return { ...facts, state: isTolerable(owner, answer.missing) ? 'not_needed' : 'missing', boundTo, keptBy }
  }

  /** Whether the client had it when it was last asked, by whichever process. */
  wasPresent({ provider, origin, variable }: KeyOwner): boolean {
    return variable === undefined && this.#notes.isKeptHere(provider, origin)
  }

  /** Whether an environment variable of this process holds something. */
  hasVariable(variable: string): boolean {
    return Boolean(this.#variables[variable]?.trim())
  }

  /** The client's secret store changed. */
  forget(provider: string): void {
    for (const name of this.#answers.keys()) if (name.startsWith(`${provider} `)) this.#answers.delete(name)
    this.#changes.emit('keys')
  }

  async #ask(owner: KeyOwner, origin: string): Promise<Answer> {
    const known = this.#answers.get(nameOf(owner))
    if (known && 'key' in known) return known
    const outcome = await this.#askClient(owner.provider, origin)
    const answer: Answer = outcome.ok ? { key: outcome.value } : { missing: this.#whoHas(owner, outcome.reason) }
    this.#note(owner, origin, answer)
    this.#remember(owner, answer)
    return answer
  }

  /** Who keeps it for this origin in a secret store that the client cannot read; undefined: nobody that is known of. */
  otherKeeper({ provider, need, origin, variable }: KeyOwner): Surface | undefined {
    if (need === 'none' || variable !== undefined) return undefined
    return this.#notes.otherKeeper(provider, origin)
  }

  #whoHas(owner: KeyOwner, missing: ReasonFacts): ReasonFacts {
    if (missing.code !== 'secret_missing' || missing.boundTo) return missing
    const keptBy = this.otherKeeper(owner)
    return keptBy ? { ...missing, keptBy } : missing
  }

  /** A secret store that could not say whether it has the key leaves the note as it is. */
  #note({ provider }: KeyOwner, origin: string, answer: Answer): void {
    if ('key' in answer) this.#notes.note(provider, origin)
    else if (answer.missing.code === 'secret_missing' && answer.missing.store === undefined)
      this.#notes.note(provider, answer.missing.boundTo ?? null)
  }

  #remember(owner: KeyOwner, answer: Answer): void {
    const before = this.#answers.get(nameOf(owner))
    this.#answers.set(nameOf(owner), answer)
    if (before && 'key' in before === 'key' in answer) return
    this.#changes.emit('keys')
  }

  #fromVariable(owner: KeyOwner): Answer {
    const key = owner.variable ? this.#variables[owner.variable] : undefined
    const facts = { code: 'secret_missing', provider: owner.provider, source: 'environment' } as const
    if (owner.boundTo && owner.origin && owner.boundTo !== owner.origin) {
      return { missing: { ...facts, variable: owner.variable, boundTo: owner.boundTo, origin: owner.origin } }
    }
    return key ? { key } : { missing: { ...facts, variable: owner.variable } }
  }
}

function nameOf(owner: KeyOwner): string {
  return `${owner.provider} ${owner.origin}`
}

/** An optional key may be absent, but one that was entered for another origin, or elsewhere, is never quietly left out. */
function isTolerable(owner: KeyOwner, missing: ReasonFacts): boolean {
  const isSomewhere = missing.code === 'secret_missing' && (missing.boundTo ?? missing.keptBy) !== undefined
  return owner.need === 'optional' && !owner.variable && !isSomewhere
}
