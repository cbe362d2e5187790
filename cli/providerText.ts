import type { ConfigField, ConnectionReport, KindInfo, ModelInfo, ProviderView } from '../protocol/providers.ts'
import type { Invocation } from './invocation.ts'
import { coloursFor } from './terminal/colours.ts'
import { oneLine, wrap } from './terminal/plainText.ts'
import { type Column, renderTable } from './terminal/table.ts'
import { age, count, duration } from './terminal/times.ts'

type Place = Pick<Invocation, 'terminal'>

export function providersText({ terminal }: Place, views: readonly ProviderView[]): string {
  if (views.length === 0) return 'There are no providers yet.'
  return renderTable(terminal.stdout, providerColumns(terminal.now()), views)
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
    {
      heading: 'endpoint, or what is wrong',
      text: (view) => view.reason?.message ?? view.endpoint ?? 'calls nothing',
      share: 1,
    },
  ]
}

const keyWords = { not_needed: 'not needed', present: 'present', missing: 'missing', unknown: 'not asked' }

function stateOf(view: ProviderView): string {
  if (!view.enabled) return 'off'
  if (view.reason) return 'not ready'
  return view.health.state === 'ok' ? 'ok' : 'not checked'
}

/** Each kind with what it needs and its settings, as they are given to `--set`. */
export function kindsText({ terminal }: Place, kinds: readonly KindInfo[]): string {
  const colours = coloursFor(terminal.stdout)
  const blocks = kinds.map((kind) => {
    const about = wrap(oneLine(kind.description), terminal.stdout.columns - 2).map((line) => `  ${line}`)
    const fields =
      kind.fields.length === 0 ? [] : [renderTable(terminal.stdout, fieldColumns, kind.fields).replace(/^/gm, '  ')]
    const title = `${colours.heading(oneLine(kind.kind))}  ${oneLine(kind.label)}`
    return [title, ...about, `  ${keyText(kind)}`, ...fields].join('\n')
  })
  return blocks.join('\n\n')
}

const fieldColumns: Column<ConfigField>[] = [
  { heading: 'setting', text: (field) => field.name },
  { heading: 'type', text: (field) => field.values?.join('|') ?? field.type, most: 24 },
  {
    heading: 'default',
    text: (field) => (field.default == null ? (field.required ? 'required' : '') : String(field.default)),
    most: 30,
  },
  { heading: 'what it is', text: (field) => field.description || field.title, share: 1 },
]

function keyText({ key, defaultEndpoint }: KindInfo): string {
  const variable = key.customaryVariable
    ? `, customarily in ${key.customaryVariable} (--key-env ${key.customaryVariable})`
    : ''
  const from = key.obtainAt ? `, from ${key.obtainAt}` : ''
  const keys = key.need === 'none' ? 'needs no key' : `key ${key.need}${variable}${from}`
  return oneLine(defaultEndpoint === null ? keys : `${keys}; ${defaultEndpoint}`)
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
