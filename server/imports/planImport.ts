import { createHash } from 'node:crypto'
import type { ImportEntry, ImportForm, ImportKey, ImportPlan, ImportSource } from '../../protocol/imports.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { AliasName, ModelId } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Alias } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import { keyInSetting } from '../../shared/keys/foundKey.ts'
import { keyEnding, withoutKeys } from '../../shared/keys/keyShape.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { readParameters } from '../models/modelParameters.ts'
import { isSameServer } from '../models/scanServers.ts'
import { isLoopback } from '../providers/endpointRules.ts'
import { adapterOf } from '../providers/registry.ts'
import { refuseKeys } from '../rpc/refuseKeys.ts'
import { environmentName, readEnvironment } from './environmentForm.ts'
import { planProfile } from './planProfile.ts'
import { formOf, readProviders } from './providerForms.ts'
import { type ConfigFile, type Path, readConfigFile } from './readConfigFile.ts'
import { type FoundModel, type Place, placeOf, type Reading, slugOf } from './services.ts'

export interface ImportContext {
  files: RunFiles
  variables: Readonly<Record<string, string | undefined>>
  workspaceFolder: string | undefined
  /** What is there already. */
  views: readonly ProviderView[]
  aliases: readonly Alias[]
  hasModel(provider: string, model: string): boolean
}

/** What the files of a profile entry would hold, by their paths. */
export type FileTexts = ReadonlyMap<string, string>

export interface PlannedImport {
  plan: ImportPlan
  texts: FileTexts
}

/** Reads the sources and says what would be made of them; see `import/plan`. */
export async function planImport(
  context: ImportContext,
  sources: readonly ImportSource[],
): Promise<Outcome<PlannedImport>> {
  const planner = new Planner(context)
  for (const source of sources) {
    if (source.kind === 'environment') planner.addEnvironment()
    else {
      const failure = await planner.addFile(source.path)
      if (failure) return failure
    }
  }
  return succeed(planner.finish())
}

/** Where something of a source is told to stand. */
interface Origin {
  source: string
  form: ImportForm
  lineOf(path: Path): number | null
}

class Planner {
  readonly #context: ImportContext
  readonly #forms: ImportPlan['forms'] = []
  readonly #entries: ImportEntry[] = []
  readonly #left: ImportPlan['left'] = []
  readonly #texts = new Map<string, string>()
  /** Names of providers and aliases share one room. */
  readonly #taken: Set<string>
  readonly #modelOfAlias = new Map<string, { provider: string; model: string }>()

  constructor(context: ImportContext) {
    this.#context = context
    this.#taken = new Set([
      ...context.views.map(({ provider }) => provider),
      ...context.aliases.map(({ alias }) => alias),
    ])
  }

  addEnvironment(): void {
    const origin: Origin = { source: environmentName, form: 'environment', lineOf: () => null }
    this.#forms.push({ source: environmentName, form: 'environment' })
    this.#addReading(readEnvironment(this.#context.variables), origin)
  }

  async addFile(path: string): Promise<Outcome<never> | null> {
    const read = await readConfigFile(this.#context.files, path)
    if (!read.ok) return read
    const { value, lineOf } = read.value
    const form = formOf(value)
    if (form === null) {
      const sentence = localizable('it is none of the known forms of settings')
      return fail({
        ...{ code: 'source_invalid', source: path, problem: 'unsupported', line: 1 },
        ...withMessage('detail', sentence),
      })
    }
    this.#forms.push({ source: path, form })
    const origin: Origin = { source: path, form, lineOf }
    if (form === 'question-pack' || form === 'codebook') return await this.#addProfile(read.value, origin)
    this.#addReading(readProviders(form, value), origin)
    return null
  }

  finish(): PlannedImport {
    const plan = { forms: this.#forms, entries: this.#entries, left: this.#left }
    const digest = createHash('sha256').update(JSON.stringify(plan)).digest('hex')
    return { plan: { ...plan, digest }, texts: this.#texts }
  }

  #addReading({ models, aliases, left }: Reading, origin: Origin): void {
    for (const { path, name, sentence } of left) this.#leave(origin, path, name, sentence)
    for (const found of models) this.#addModel(found, origin)
    for (const { path, alias, means } of aliases) {
      const meant = this.#modelOfAlias.get(means)
      if (meant) this.#addAlias(alias, meant, origin, path)
      else this.#leave(origin, path, alias, localizable('it is unclear which model {0} means', withoutKeys(means)))
    }
  }

  #addModel(found: FoundModel, origin: Origin): void {
    const name = found.alias ?? found.model ?? found.service
    const baseUrl = this.#resolve(found.baseUrl)
    if (baseUrl.missing !== null)
      return this.#leave(
        origin,
        found.path,
        name,
        localizable('the variable {0} with its address is not set', baseUrl.missing),
      )
    const place = placeOf({ ...found, baseUrl: baseUrl.text })
    if (!place) return this.#leave(origin, found.path, name, sentenceOfNoPlace(found, baseUrl.text))
    const provider = this.#provide(place, found, origin)
    if (provider === null || found.model === null) return
    const model = ModelId.safeParse(found.model)
    if (!model.success || /\p{Cc}/u.test(found.model))
      return this.#leave(origin, found.path, name, localizable('this is no name of a model'))
    const isAdded = this.#addRegistration(place, { provider, model: model.data }, found, origin)
    if (!isAdded || found.alias === null) return
    this.#modelOfAlias.set(found.alias, { provider, model: model.data })
    if (slugOf(found.alias) !== slugOf(found.model))
      this.#addAlias(found.alias, { provider, model: model.data }, origin, found.path)
  }

  /** The provider at that address: there already, of this plan, or a new one. Null: it cannot be set up. */
  #provide(place: Place, found: FoundModel, origin: Origin): string | null {
    const planned = this.#entries.find(
      (entry) => entry.what === 'provider' && isSameEndpoint(entry.endpoint, place.endpoint),
    )
    const key = this.#keyOf(found, place, origin)
    if (planned?.what === 'provider') {
      if (key !== null && planned.key !== null && !isSameKey(key, planned.key))
        this.#leave(
          origin,
          found.key?.path ?? found.path,
          planned.provider,
          localizable('a second key for the same address'),
        )
      return planned.provider
    }
    const existing = this.#context.views.find(({ endpoint }) => isSameEndpoint(endpoint, place.endpoint))
    const provider = existing?.provider ?? this.#freeName(place.name)
    const config =
      key?.at === 'variable' && !existing
        ? { ...place.config, key_env: key.variable }
        : (existing?.config ?? place.config)
    const isRefused = !existing && refuseKeys('provider/save', { provider, kind: place.kind, config }) !== null
    if (isRefused) {
      this.#leave(origin, found.path, place.name, localizable('its settings hold what looks like a key'))
      return null
    }
    this.#taken.add(provider)
    const line = origin.lineOf(found.path)
    const { endpoint } = place
    this.#entries.push({
      ...{ what: 'provider', id: `provider:${provider}`, source: origin.source, line },
      ...{ state: existing ? 'exists' : 'new', provider, kind: existing?.kind ?? place.kind, config, endpoint, key },
    })
    return provider
  }

  #keyOf({ key }: FoundModel, { kind }: Place, { source, lineOf }: Origin): ImportKey | null {
    if (key === null || adapterOf(kind)?.key.need === 'none') return null
    const variable = variableIn(key.text)
    if (variable !== null) return { at: 'variable', variable, isSet: (this.#context.variables[variable] ?? '') !== '' }
    if (/^\$\{(?:input|command|secret):/.test(key.text)) return { at: 'elsewhere' }
    const name = key.path.join('.')
    const found = keyInSetting(name, key.text)
    if (found === null) return null
    return { at: 'file', file: source, name, line: lineOf(key.path) ?? 1, ending: keyEnding(found) }
  }

  #addRegistration(
    { kind }: Place,
    named: { provider: string; model: string },
    { parameters, type, path }: FoundModel,
    origin: Origin,
  ): boolean {
    const id = `model:${named.provider}/${named.model}`
    if (this.#entries.some((entry) => entry.id === id)) return true
    const adapter = adapterOf(kind)
    const known = Object.entries(parameters).filter(
      ([name, value]) => adapter && readParameters({ provider: named.provider, adapter }, type, { [name]: value }).ok,
    )
    const kept = Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== null))
    if (refuseKeys('model/save', { ...named, parameters: kept }) !== null) {
      this.#leave(origin, path, named.provider, localizable('the name of its model looks like a key'))
      return false
    }
    const state = this.#context.hasModel(named.provider, named.model) ? 'exists' : 'new'
    const line = origin.lineOf(path)
    const entry = { id, source: origin.source, line, state, ...named, type, parameters: kept } as const
    this.#entries.push({ what: 'model', ...entry } as ImportEntry)
    return true
  }

  #addAlias(wanted: string, meant: { provider: string; model: string }, origin: Origin, path: Path): void {
    const slug = slugOf(wanted)
    const line = origin.lineOf(path)
    const there = this.#context.aliases.find(
      ({ alias, provider, model }) => alias.startsWith(slug) && provider === meant.provider && model === meant.model,
    )
    if (!AliasName.safeParse(slug).success || refuseKeys('alias/save', { alias: slug }) !== null)
      return this.#leave(origin, path, wanted, localizable('nothing of this can be a name'))
    const alias = there?.alias ?? this.#freeName(slug)
    if (this.#entries.some(({ id }) => id === `alias:${alias}`)) return
    this.#taken.add(alias)
    const state = there ? 'exists' : 'new'
    this.#entries.push({ what: 'alias', id: `alias:${alias}`, source: origin.source, line, state, alias, ...meant })
  }

  async #addProfile(file: ConfigFile, origin: Origin): Promise<Outcome<never> | null> {
    const planned = await planProfile(this.#context, file, {
      form: origin.form,
      isTaken: (path) => this.#texts.has(path),
    })
    if (!planned.ok) return planned
    const { entry, texts, left } = planned.value
    for (const each of left) this.#leave(origin, each.path, each.name, each.sentence)
    for (const [path, text] of texts) this.#texts.set(path, text)
    if (entry) this.#entries.push(entry)
    return null
  }

  #freeName(name: string): string {
    for (let number = 1; ; number++) {
      const candidate = number === 1 ? name : `${name}-${number}`
      if (!this.#taken.has(candidate)) return candidate
    }
  }

  /** An address may be named by a variable, too: its value is no secret. */
  #resolve(text: string | null): { text: string | null; missing: string | null } {
    const variable = text === null ? null : variableIn(text)
    if (variable === null) return { text, missing: null }
    const value = this.#context.variables[variable]?.trim()
    return value ? { text: value, missing: null } : { text: null, missing: variable }
  }

  #leave({ source, lineOf }: Origin, path: Path, name: string, sentence: LocalizableMessage): void {
    this.#left.push({
      source,
      line: lineOf(path),
      name: withoutKeys(name).slice(0, 200),
      ...withMessage('message', sentence),
    })
  }
}

/** The environment variable that a text stands for, in the spelling of any of the programs; null: it is meant as it stands. */
export function variableIn(text: string): string | null {
  const found =
    /^\$\{\{\s*(?:secrets|env|inputs)\.([A-Za-z_]\w*)\s*\}\}$/.exec(text) ??
    /^os\.environ\/([A-Za-z_]\w*)$/.exec(text) ??
    /^\$\{(?:env:)?([A-Za-z_]\w*)\}$/.exec(text) ??
    /^\$([A-Za-z_]\w*)$/.exec(text)
  return found?.[1] ?? null
}

/** Several models of a list have the same key each, in a place of its own. */
function isSameKey(one: ImportKey, other: ImportKey): boolean {
  if (one.at === 'variable' && other.at === 'variable') return one.variable === other.variable
  if (one.at === 'file' && other.at === 'file') return one.ending === other.ending
  return one.at === 'elsewhere'
}

function isSameEndpoint(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return false
  if (one === other) return true
  if (!isLoopback(one) || !isLoopback(other)) return false
  return isSameServer(one, other) && new URL(one).pathname === new URL(other).pathname
}

function sentenceOfNoPlace({ service }: FoundModel, baseUrl: string | null): LocalizableMessage {
  return baseUrl === null
    ? localizable('the service {0} has no kind here, and no address is named', withoutKeys(service))
    : localizable('its address cannot be used')
}
