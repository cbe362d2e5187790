import { SingleBar } from 'cli-progress'
import type { RunView } from '../../protocol/runs.ts'
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
      if (!isStarted) bar.start(view.counts.total ?? 0, finished(view), detail)
      isStarted = true
      bar.setTotal(view.counts.total ?? 0)
      bar.update(finished(view), detail)
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
    void stderr.write(`${count(finished(view), 'item')} done; ${waitText(view, now())}\n`)
  }
}

function finished({ counts }: RunView): number {
  return counts.ok + counts.failed + counts.skipped
}

const widestBar = 30

/** `██████░░░░  1,200 of 2,000  3 failed  41 s left`, as much of it as fits. */
export function progressLine(view: RunView, columns: number, now: Date): string {
  const done = finished(view)
  const { total, failed } = view.counts
  const elapsedMs = Math.max(0, now.getTime() - Date.parse(view.startedAt))
  const parts = [
    total === null ? `${count(done, 'item')} done` : `${done.toLocaleString('en-US')} of ${count(total, 'item')}`,
    failed > 0 ? `${failed.toLocaleString('en-US')} failed` : '',
    waitText(view, now) || (total === null ? rateText(done, elapsedMs) : leftText(done, total, elapsedMs)),
  ].filter((part) => part !== '')
  const text = oneLine(parts.join(' · '))
  const barColumns = Math.min(widestBar, columns - text.length - 4)
  if (total === null || total === 0 || barColumns < 5) return text.slice(0, columns - 1)
  const full = Math.round((barColumns * Math.min(done, total)) / total)
  return `${'█'.repeat(full)}${'░'.repeat(barColumns - full)}  ${text}`
}

function waitText(view: RunView, now: Date): string {
  const waitMs = view.parkedUntil === null ? 0 : Date.parse(view.parkedUntil) - now.getTime()
  return waitMs > 0 ? `the provider asks to wait ${duration(waitMs)} more` : ''
}

/** The first moments say nothing about the rest. */
const settledMs = 3000

function rateText(done: number, elapsedMs: number): string {
  return elapsedMs < settledMs ? '' : `${Math.round((done * 1000) / elapsedMs).toLocaleString('en-US')} a second`
}

function leftText(done: number, total: number, elapsedMs: number): string {
  if (done < 5 || elapsedMs < settledMs || done >= total) return ''
  return `about ${duration(Math.round(((elapsedMs / done) * (total - done)) / 1000) * 1000)} left`
}
