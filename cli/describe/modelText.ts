import type { RegisteredModel } from '../../protocol/models.ts'
import { textOfList } from '../../protocol/parameterShapes.ts'
import type { ModelLifecycle } from '../../protocol/providers.ts'
import { describeLearnedShortly } from '../../shared/describe/learned.ts'
import { describeDecisions, describeLatency } from '../../shared/describe/model.ts'
import { english } from '../../shared/language.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { count } from '../terminal/format.ts'
import { type Column, renderTable } from '../terminal/table.ts'

/** Below this many columns what there is to know of a model gets a line of its own. */
const roomy = 120

export function registeredText(
  { terminal: { stdout } }: Pick<Invocation, 'terminal'>,
  models: readonly RegisteredModel[],
): string {
  if (models.length === 0) return 'No model is registered. What the providers offer: model list --available'
  return renderTable(stdout, columns, models, { column: notesColumn, below: stdout.columns < roomy })
}

const columns: Column<RegisteredModel>[] = [
  { heading: 'provider', text: ({ provider }) => provider, most: 24 },
  { heading: 'model', text: ({ model }) => model, most: 48 },
  { heading: 'type', text: ({ type }) => type },
  {
    heading: 'status',
    text: ({ status }) => status,
    paint: (text, { status }, colours) =>
      status === 'active' ? text : status === 'deprecated' ? colours.careful(text) : colours.quiet(text),
  },
  { heading: 'default', text: ({ isDefault, type }) => (isDefault ? `for ${type}` : '') },
]

const notesColumn: Column<RegisteredModel> = {
  heading: 'to know',
  text: (model) =>
    [
      unreadableText(model),
      model.learned ? describeLearnedShortly(english, model.learned) : '',
      model.sync ? 'at every gateway' : '',
      lifecycleText(model.lifecycle),
      parametersText(model),
      priceText(model.price),
      measuredText(model),
      latencyText(model.latency),
    ]
      .filter(Boolean)
      .join('; '),
  share: 1,
}

/** Empty where all of it can be read. */
function unreadableText({ unreadable }: RegisteredModel): string {
  if (unreadable === undefined) return ''
  return `what is stored of it cannot be read (${unreadable}): give it parameters again, or remove it`
}

/** When a model ends and what replaces it; empty where nothing was announced. */
export function lifecycleText(lifecycle: ModelLifecycle | null): string {
  if (lifecycle === null) return ''
  const { deprecatedAt, shutdownAt, replacement } = lifecycle
  const end = shutdownAt
    ? `shut down ${shutdownAt.slice(0, 10)}`
    : deprecatedAt
      ? `deprecated ${deprecatedAt.slice(0, 10)}`
      : ''
  return [end, replacement ? `replaced by ${replacement}` : ''].filter(Boolean).join(', ')
}

function parametersText({ parameters }: RegisteredModel): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? textOfList(value) : String(value)}`)
    .join(' ')
}

/** As it is typed to set it; empty where nobody has. */
function priceText(price: RegisteredModel['price']): string {
  return Object.entries(price ?? {})
    .map(([name, usd]) => `price.${name}=${usd}`)
    .join(' ')
}

function latencyText(latency: RegisteredModel['latency']): string {
  return latency === null ? '' : describeLatency(english, latency)
}

function measuredText({ probe, embedding, isProbeOutdated }: RegisteredModel): string {
  const found = [
    probe
      ? `probed ${probe.at.slice(0, 10)}: ${[probe.outputModes[0], probe.decisions ? describeDecisions(english, probe.decisions.limits) : ''].filter(Boolean).join(', ') || 'text'}`
      : '',
    embedding ? `measured ${embedding.at.slice(0, 10)}: ${count(embedding.dimensions, 'dimension')}` : '',
  ]
  return found.filter(Boolean).join(', ') + (isProbeOutdated ? ' (another server version now)' : '')
}
