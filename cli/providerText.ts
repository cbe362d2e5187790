import type { ConfigField, ConnectionReport, KindInfo, ModelInfo, ProviderView } from '../protocol/providers.ts'
import type { Invocation } from './invocation.ts'
import { type Colours, coloursFor } from './terminal/colours.ts'
import { oneLine, wrap } from './terminal/plainText.ts'
import { type Column, renderTable } from './terminal/table.ts'
import { age, count, duration } from './terminal/times.ts'

type Place = Pick<Invocation, 'terminal'>

export function providersText({ terminal }: Place, views: readonly ProviderView[]): string {
  if (views.length === 0) return 'There are no providers yet.'
  const { stdout } = terminal
  return renderTable(stdout, providerColumns(terminal.now()), views, {
    column: whereColumn,
    below: stdout.columns < roomy,
  })
}

/** Below this many columns a reason gets a line of its own: it is what helps. */
const roomy = 120

const whereColumn: Column<ProviderView> = {
  heading: 'endpoint or problem',
  text: (view) => view.reason?.message ?? view.endpoint ?? 'calls nothing',
  paint: (text, view, colours) => (view.reason && view.enabled ? colours.bad(text) : text),
  share: 1,
}

function providerColumns(now: Date): Column<ProviderView>[] {
  return [
    { heading: 'provider', text: (view) => view.provider, most: 24 },
    { heading: 'kind', text: (view) => view.kind, most: 18 },
    {
      heading: 'state',
      text: stateOf,
      paint: (text, view, colours) => (stateOf(view) === 'ok' ? colours.good(text) : text),
    },
    { heading: 'key', text: (view) => keyWords[view.key] },
    { heading: 'models', text: (view) => String(view.models.models.length), align: 'right' },
    { heading: 'checked', text: (view) => age(view.health.checkedAt, now) },
  ]
}

const keyWords = { not_needed: 'not needed', present: 'present', missing: 'missing', unknown: 'not asked' }

function stateOf(view: ProviderView): string {
  if (!view.enabled) return 'off'
  if (view.reason) return 'not ready'
  return view.health.state === 'ok' ? 'ok' : 'not checked'
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

function keyText({ key }: KindInfo): string {
  if (key.need === 'none') return 'key: none'
  const variable = key.customaryVariable ? `, --key-env ${key.customaryVariable}` : ''
  return `key: ${key.need}${variable}${key.obtainAt ? `, from ${key.obtainAt}` : ''}`
}

export function connectionText({ terminal }: Place, report: ConnectionReport): string {
  const colours = coloursFor(terminal.stdout)
  const version = report.version ? `, version ${report.version}` : ''
  const where = report.endpoint ? ` at ${report.endpoint}` : ''
  const models = count(report.models.length, 'model')
  const head = `${colours.good('ok')}  ${oneLine(`${report.provider}${where} answered in ${duration(report.latencyMs)}${version}`)}`
  const wanted = report.wanted.map(({ model, found }) =>
    found ? `    ${oneLine(model)} is there` : `    ${colours.bad(`${oneLine(model)} is missing`)}`,
  )
  return [head, `    ${models}; ${oneLine(report.method)}`, ...wanted].join('\n')
}

export function modelsText({ terminal }: Place, models: readonly ModelInfo[]): string {
  if (models.length === 0) return 'It has no models.'
  return renderTable(terminal.stdout, modelColumns, models)
}

export const modelColumns: Column<ModelInfo>[] = [
  { heading: 'model', text: ({ model }) => model, most: 60 },
  { heading: 'type', text: ({ type }) => type ?? '' },
  { heading: 'context', text: ({ contextTokens }) => contextTokens?.toLocaleString('en-US') ?? '', align: 'right' },
  { heading: 'size', text: ({ sizeBytes }) => (sizeBytes === undefined ? '' : bytes(sizeBytes)), align: 'right' },
  { heading: 'to know', text: modelNotes, share: 1 },
]

function modelNotes(model: ModelInfo): string {
  const notes = [
    model.leavesMachine ? 'sends data away' : '',
    model.shutdownAt ? `shut down ${model.shutdownAt.slice(0, 10)}` : model.deprecatedAt ? 'deprecated' : '',
    model.replacement ? `replaced by ${model.replacement}` : '',
    model.label && model.label !== model.model ? model.label : '',
  ]
  return notes.filter((note) => note !== '').join('; ')
}

function bytes(amount: number): string {
  const gigabytes = amount / 1e9
  return gigabytes >= 0.1 ? `${gigabytes.toFixed(1)} GB` : `${Math.max(1, Math.round(amount / 1e6))} MB`
}
