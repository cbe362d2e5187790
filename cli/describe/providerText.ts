import type { ConfigField, KindInfo, KindPreset, ModelInfo, ProviderView } from '../../protocol/providers.ts'
import { describeDecisions, describeLatency } from '../../shared/describe/model.ts'
import { english } from '../../shared/language.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { stateWords } from '../keys/describeKey.ts'
import { type Colours, coloursFor } from '../terminal/colours.ts'
import { age, bytes, count, localTime } from '../terminal/format.ts'
import { oneLine, wrap } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import { lifecycleText } from './modelText.ts'

type Place = Pick<Invocation, 'terminal'>

/** `keys` says what is known of a provider's key beyond its state. */
export function providersText(
  { terminal }: Place,
  views: readonly ProviderView[],
  keys: ReadonlyMap<string, string> = new Map(),
): string {
  if (views.length === 0) return 'There are no providers yet.'
  const { stdout } = terminal
  return renderTable(stdout, providerColumns(terminal.now(), keys), views, {
    column: whereColumn,
    below: stdout.columns < roomy,
  })
}

/** Below this many columns a reason gets a line of its own: it is what helps. */
const roomy = 120

const whereColumn: Column<ProviderView> = {
  heading: 'endpoint or problem',
  text: (view) => view.reason?.message ?? pauseText(view) ?? view.endpoint ?? 'calls nothing',
  paint: (text, view, colours) => (view.reason && view.enabled ? colours.bad(text) : text),
  share: 1,
}

function providerColumns(now: Date, keys: ReadonlyMap<string, string>): Column<ProviderView>[] {
  return [
    { heading: 'provider', text: (view) => view.provider, most: 24 },
    { heading: 'kind', text: (view) => view.kind, most: 18 },
    {
      heading: 'state',
      text: stateOf,
      paint: (text, view, colours) => (stateOf(view) === 'ok' ? colours.good(text) : text),
    },
    { heading: 'key', text: (view) => keys.get(view.provider) ?? stateWords[view.key] },
    { heading: 'models', text: (view) => String(view.models.models.length), align: 'right' },
    { heading: 'checked', text: (view) => age(view.health.checkedAt, now) },
  ]
}

export function stateOf(view: ProviderView): string {
  if (!view.enabled) return 'off'
  if (view.reason) return 'not ready'
  if (pauseText(view) !== null) return 'waiting'
  return view.health.state === 'ok' ? 'ok' : 'not checked'
}

/** Null: it did not ask to wait, or does not any more. */
export function pauseText({ circuit }: ProviderView): string | null {
  const until = circuit?.pausedUntil ?? null
  return until === null ? null : `asked to wait until ${localTime(until)}: nothing is sent before`
}

/** Each kind with what it needs and its settings, as they are given to `--set`. */
export function kindsText({ terminal: { stdout } }: Place, kinds: readonly KindInfo[]): string {
  const colours = coloursFor(stdout)
  const blocks = kinds.map((kind) => [
    `${colours.heading(oneLine(kind.kind))}  ${oneLine(kind.label)}`,
    ...indented(kind.description, stdout.columns),
    ...(kind.defaultEndpoint === null ? [] : [`  endpoint: ${oneLine(kind.defaultEndpoint)}`]),
    ...indented(keyText(kind), stdout.columns),
    ...kind.fields.flatMap((field) => fieldLines(field, stdout.columns, colours)),
    ...kind.presets.flatMap((preset) => presetLines(preset, stdout.columns, colours)),
  ])
  return blocks.map((lines) => lines.join('\n')).join('\n\n')
}

function indented(text: string, columns: number, indent = '  '): string[] {
  return wrap(oneLine(text), columns - indent.length).map((line) => `${indent}${line}`)
}

function fieldLines(field: ConfigField, columns: number, colours: Colours): string[] {
  const standard = field.default === undefined || field.default === null ? '' : `, default ${field.default}`
  const type = `${field.values?.join('|') ?? field.type}${field.required ? ', required' : standard}`
  const name = `  ${colours.command(oneLine(field.name))}  ${colours.quiet(oneLine(type))}`
  return [name, ...indented(field.description || field.title, columns, '      ')]
}

function presetLines(preset: KindPreset, columns: number, colours: Colours): string[] {
  const settings = Object.entries(preset.config).map(([name, value]) => `${name}=${String(value)}`)
  return [
    `  ${colours.command(`--preset ${oneLine(preset.id)}`)}  ${colours.quiet(oneLine(`${preset.label}: ${settings.join(' ')}`))}`,
    ...indented(preset.description, columns, '      '),
  ]
}

function keyText({ key }: KindInfo): string {
  if (key.need === 'none') return 'key: none'
  const variable = key.customaryVariable ? `, --key-env ${key.customaryVariable}` : ''
  return `key: ${key.need}${variable}${key.obtainAt ? `, from ${key.obtainAt}` : ''}`
}

export function modelsText({ terminal }: Place, models: readonly ModelInfo[]): string {
  if (models.length === 0) return 'It has no models.'
  return renderTable(terminal.stdout, modelColumns, models)
}

const modelColumns: Column<ModelInfo>[] = [
  { heading: 'model', text: ({ model }) => model, most: 60 },
  { heading: 'type', text: ({ type }) => type ?? '' },
  { heading: 'context', text: ({ contextTokens }) => contextTokens?.toLocaleString('en-US') ?? '', align: 'right' },
  { heading: 'size', text: ({ sizeBytes }) => (sizeBytes === undefined ? '' : bytes(sizeBytes)), align: 'right' },
  { heading: 'to know', text: modelNotes, share: 1 },
]

type AvailableModels = { provider: string; models: readonly ModelInfo[] }

/** The models that each provider listed last. */
export function availableText({ terminal }: Place, lists: readonly AvailableModels[]): string {
  const rows = lists.flatMap(({ provider, models }) => models.map((each) => ({ provider, each })))
  if (rows.length === 0) return 'No provider has listed its models yet.'
  type Row = (typeof rows)[number]
  const columns = modelColumns.map(({ text, paint: _, ...column }) => ({
    ...column,
    text: (row: Row) => text(row.each),
  }))
  return renderTable(
    terminal.stdout,
    [{ heading: 'provider', text: (row: Row) => row.provider, most: 24 }, ...columns],
    rows,
  )
}

/** The window in the table is what a call gets: that the model can more is worth a word. */
function servedText({ contextTokens, trainedContextTokens: trained }: ModelInfo): string {
  if (trained === undefined || contextTokens === undefined || trained === contextTokens) return ''
  return `trained for ${trained.toLocaleString('en-US')}, served with ${contextTokens.toLocaleString('en-US')}`
}

function modelNotes(model: ModelInfo): string {
  const { deprecatedAt = null, shutdownAt = null, replacement = null } = model
  const notes = [
    model.leavesMachine ? 'sends data to the cloud' : '',
    lifecycleText({ deprecatedAt, shutdownAt, replacement, source: 'live' }) || (model.deprecated ? 'deprecated' : ''),
    model.dimensions ? count(model.dimensions, 'dimension') : '',
    model.decisions ? describeDecisions(english, model.decisions) : '',
    servedText(model),
    model.loaded ? 'loaded' : model.loaded === false && model.sizeBytes === undefined ? 'loaded by its first call' : '',
    model.latency ? describeLatency(english, model.latency) : '',
    [model.parameterSize, model.quantization].filter(Boolean).join(' '),
    model.capabilities?.join(', ') ?? '',
    model.label && model.label !== model.model ? model.label : '',
  ]
  return notes.filter((note) => note !== '').join('; ')
}
