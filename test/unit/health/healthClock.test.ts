import { describe, expect, it } from 'vitest'
import { HealthClock, type Watched } from '../../../server/health/healthClock.ts'
import { createHandClock, settle } from '../../support/health/handClock.ts'

interface Setting {
  watched?: () => string[]
  mark?: (provider: string) => string
  check?: (provider: string) => Promise<unknown>
  firstDelay?: (provider: string) => number
  nextDelay?: (provider: string) => number
  random?: () => number
}

/** Asks providers every minute, without jitter, and writes down when. */
function start(setting: Setting = {}) {
  const clock = createHandClock()
  const asked: string[] = []
  const { watched = () => ['ollama'], mark = () => '' } = setting
  const health = new HealthClock({
    watched: () => watched().map((provider): Watched => ({ provider, mark: mark(provider) })),
    check: async (provider) => {
      asked.push(`${provider} ${clock.monotonic() / 1000}`)
      await setting.check?.(provider)
    },
    firstDelay: setting.firstDelay ?? (() => 0),
    nextDelay: setting.nextDelay ?? (() => 60_000),
    timers: clock.timers,
    random: setting.random ?? (() => 0),
  })
  return { clock, asked, health }
}

describe('the health clock', () => {
  it('asks a watched provider at once, and again after its interval', async () => {
    const { clock, asked, health } = start()
    health.refresh()
    await settle()
    expect(asked).toEqual(['ollama 0'])
    await clock.advanceTo(120_000)
    expect(asked).toEqual(['ollama 0', 'ollama 60', 'ollama 120'])
    health.dispose()
    expect(clock.pending()).toBe(0)
  })

  it('asks each provider at its own interval', async () => {
    const { clock, asked, health } = start({
      watched: () => ['dead', 'good'],
      nextDelay: (provider) => (provider === 'dead' ? 600_000 : 60_000),
    })
    health.refresh()
    await settle()
    await clock.advanceTo(600_000)
    const of = (name: string) => asked.filter((each) => each.startsWith(name)).length
    expect([of('dead'), of('good')]).toEqual([2, 11])
    health.dispose()
  })

  it('goes on with the others while one check hangs', async () => {
    const { clock, asked, health } = start({
      watched: () => ['hanging', 'good'],
      check: (provider) => (provider === 'hanging' ? new Promise(() => {}) : Promise.resolve()),
    })
    health.refresh()
    await settle()
    await clock.advanceTo(180_000)
    expect(asked).toEqual(['hanging 0', 'good 0', 'good 60', 'good 120', 'good 180'])
    health.dispose()
  })

  it('does not ask a provider that wants to be left alone before its time, jitter or not', async () => {
    const { clock, asked, health } = start({ firstDelay: () => 90_000, random: () => 0.999 })
    health.refresh()
    await settle()
    await clock.advanceTo(90_000)
    expect(asked).toEqual([])
    await clock.advanceTo(110_000)
    expect(asked).toHaveLength(1)
    health.dispose()
  })

  it('stops asking a provider that no route uses any more', async () => {
    let watched = ['ollama']
    const { clock, asked, health } = start({ watched: () => watched })
    health.refresh()
    await settle()
    watched = []
    health.refresh()
    await clock.advanceTo(600_000)
    expect(asked).toEqual(['ollama 0'])
    expect(clock.pending()).toBe(0)
  })

  it('asks anew at once when the settings or the key changed, and only then', async () => {
    let mark = 'first'
    const { clock, asked, health } = start({ mark: () => mark })
    health.refresh()
    await settle()
    await clock.advanceTo(10_000)
    health.refresh()
    mark = 'second'
    health.refresh()
    await settle()
    expect(asked).toEqual(['ollama 0', 'ollama 10'])
    await clock.advanceTo(70_000)
    expect(asked).toEqual(['ollama 0', 'ollama 10', 'ollama 70'])
    health.dispose()
  })

  it('asks anew although the check of the old settings still hangs', async () => {
    let mark = 'first'
    const { clock, asked, health } = start({
      mark: () => mark,
      check: () => (mark === 'first' ? new Promise(() => {}) : Promise.resolve()),
    })
    health.refresh()
    await settle()
    mark = 'second'
    health.refresh()
    await settle()
    await clock.advanceTo(60_000)
    expect(asked).toEqual(['ollama 0', 'ollama 0', 'ollama 60'])
    health.dispose()
  })
})
