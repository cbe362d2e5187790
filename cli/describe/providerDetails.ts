import type { ProviderView } from '../../protocol/providers.ts'
import { looksLikeKey } from '../../shared/keys/keyShape.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { coloursFor } from '../terminal/colours.ts'
import { age, count, duration, localTime } from '../terminal/format.ts'
import { oneLine, wrap } from '../terminal/plainText.ts'
import { pauseText, stateOf } from './providerText.ts'

const labelWidth = 12

/** All that is known of one provider, a line each. */
export function providerDetails({ terminal }: Pick<Invocation, 'terminal'>, view: ProviderView, key: string): string {
  const { health, models } = view
  const now = terminal.now()
  const latency = health.latencyMs === null ? '' : ` in ${duration(health.latencyMs)}`
  const pause = pauseText(view)
  const settings = Object.entries(view.config)
  const lines: [string, string][] = [
    ['provider', view.provider],
    ['kind', `${view.kind} (${view.kindLabel})`],
    ['state', stateOf(view)],
    ...(view.reason ? [['problem', view.reason.message] as [string, string]] : []),
    ...(pause === null
      ? []
      : [['waits', `${pause}. A test with a model that gets an answer ends that.`] as [string, string]]),
    ['endpoint', view.endpoint ?? 'calls nothing'],
    ['key', key],
    ...settings.map(([name, value], index): [string, string] => [
      index === 0 ? 'settings' : '',
      settingText(name, value),
    ]),
    ['checked', health.checkedAt === null ? 'never' : `${age(health.checkedAt, now)}, ${health.state}${latency}`],
    ...(health.version === null ? [] : [['version', health.version] as [string, string]]),
    [
      'models',
      models.listedAt === null
        ? 'never listed'
        : `${count(models.models.length, 'model')}, ${models.state}, listed ${age(models.listedAt, now)}`,
    ],
    ['changed', localTime(view.updatedAt)],
  ]
  const colours = coloursFor(terminal.stdout)
  return lines
    .flatMap(([label, text]) => {
      const [first = '', ...rest] = wrap(oneLine(text), terminal.stdout.columns - labelWidth)
      return [
        `${colours.quiet(label.padEnd(labelWidth))}${first}`,
        ...rest.map((line) => `${' '.repeat(labelWidth)}${line}`),
      ]
    })
    .join('\n')
}

function settingText(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `${name}=${looksLikeKey(text) ? '… (looks like a key)' : text}`
}

/** Settings that hold what looks like a key: no place for one. */
export function settingsWithKeys({ config }: ProviderView): string[] {
  return Object.entries(config)
    .filter(([, value]) => typeof value === 'string' && looksLikeKey(value))
    .map(([name]) => name)
}
