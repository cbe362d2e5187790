import { SingleBar } from 'cli-progress'
import type { RunView } from '../../protocol/runs.ts'
import { describeCascadeShortly } from '../../shared/describe/cascade.ts'
import { describeLane } from '../../shared/describe/lane.ts'
import { describeProgress, progressOf } from '../../shared/describe/progress.ts'
import { english } from '../../shared/language.ts'
import { count, duration } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import type { Terminal } from '../terminal/terminal.ts'

export interface Progress {
  show(view: RunView): void
  stop(): void
}

interface Detail {
  view: RunView
}

/**
 * A bar on stderr that vanishes when the run has ended. Where stderr is no terminal only long pauses are told: a log that stays
 * silent for an hour looks like a program that hangs.
 */
export function startProgress(terminal: Pick<Terminal, 'stderr' | 'now'>): Progress {
  const { stderr } = terminal
  if (!stderr.isTerminal) return { show: printPauses(terminal), stop: () => undefined }
  let isStarted = false
  let isStopped = false
  const bar = new SingleBar({
    stream: stderr.stream,
    format: (_options, _params, { view }: Detail) => progressLine(view, stderr.columns, terminal.now()),
    clearOnComplete: true,
    hideCursor: false,
    linewrap: null,
    // Ctrl-C belongs to the run, which cancels first.
    gracefulExit: false,
  })
  return {
    show(view) {
      if (isStopped) return
      const detail: Detail = { view }
      const { total, done } = progressOf(view)
      if (!isStarted) bar.start(total ?? 0, done, detail)
      isStarted = true
      bar.setTotal(total ?? 0)
      bar.update(done, detail)
    },
    stop() {
      if (isStarted && !isStopped) bar.stop()
      isStopped = true
    },
  }
}

const pauseWorthTellingMs = 10_000

/** One line for each pause, not one for each time it is looked at. */
function printPauses({ stderr, now }: Pick<Terminal, 'stderr' | 'now'>): (view: RunView) => void {
  let told: string | null = null
  return (view) => {
    if (view.parkedUntil === null || view.parkedUntil === told) return
    if (Date.parse(view.parkedUntil) - now().getTime() < pauseWorthTellingMs) return
    told = view.parkedUntil
    void stderr.write(`${count(progressOf(view).done, 'item')} done; ${waitText(view, now())}\n`)
  }
}

const widestBar = 30

/** `██████░░░░  575 of 3,000 · 19 % · 48 reused · 12/s · 3 min left · $0.04`, as much of it as fits. */
export function progressLine(view: RunView, columns: number, now: Date): string {
  const progress = progressOf(view)
  const { total, done } = progress
  const wait = waitText(view, now)
  const words = describeProgress(english, progress, view.counts.failed)
  const lane = view.lane === undefined || view.lane.open === 0 ? '' : describeLane(english, view.lane)
  const cascade = view.cascade === undefined ? '' : describeCascadeShortly(english, view.cascade)
  const text = oneLine([words, lane, cascade, wait].filter((part) => part !== '').join(' · '))
  const barColumns = Math.min(widestBar, columns - text.length - 4)
  if (total === null || total === 0 || barColumns < 5) return text.slice(0, columns - 1)
  const full = Math.round((barColumns * Math.min(done, total)) / total)
  return `${'█'.repeat(full)}${'░'.repeat(barColumns - full)}  ${text}`
}

function waitText(view: RunView, now: Date): string {
  const waitMs = view.parkedUntil === null ? 0 : Date.parse(view.parkedUntil) - now.getTime()
  return waitMs > 0 ? `the provider asks to wait ${duration(waitMs)} more` : ''
}
