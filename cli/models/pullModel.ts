import { SingleBar } from 'cli-progress'
import type { PullProgress } from '../../protocol/models.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import type { Client } from '../invocation/client.ts'
import { exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, printNote } from '../invocation/invocation.ts'
import { bytes, duration } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Stays with a pull until the model is there, with a bar on stderr. Ctrl-C cancels it; what arrived stays where it is. */
export async function pullModel(
  invocation: Invocation,
  client: Client,
  what: { provider: string; model: string },
): Promise<Outcome<ModelInfo>> {
  const cancelling = new AbortController()
  const bar = startBar(invocation.terminal)
  const listener = client.onNotification('model/pullProgress', (progress) => {
    if (progress.provider === what.provider && progress.model === what.model) bar.show(progress)
  })
  const interrupts = invocation.terminal.onInterrupt(() => {
    // The second time ends the process at once.
    if (cancelling.signal.aborted) invocation.terminal.exitNow(exitCodes.interrupted)
    cancelling.abort()
  })
  try {
    return await client.request('model/pull', what, cancelling.signal)
  } finally {
    bar.stop()
    interrupts.dispose()
    listener.dispose()
    if (cancelling.signal.aborted && !invocation.json) await printNote(invocation, resumable)
  }
}

const resumable = 'Stopped. Pull again to continue from there.'

interface Bar {
  show(progress: PullProgress): void
  stop(): void
}

function startBar({ stderr, now }: Pick<Terminal, 'stderr' | 'now'>): Bar {
  if (!stderr.isTerminal) return { show: () => undefined, stop: () => undefined }
  let startedAt: Date | null = null
  let bytesBefore: number | null = null
  const bar = new SingleBar({
    stream: stderr.stream,
    format: (_options, _params, { progress }: { progress: PullProgress }) =>
      pullLine(progress, stderr.columns, now().getTime() - (startedAt ?? now()).getTime(), bytesBefore ?? 0),
    clearOnComplete: true,
    hideCursor: false,
    linewrap: null,
    // Ctrl-C belongs to the pull, which cancels first.
    gracefulExit: false,
  })
  return {
    show(progress) {
      const total = progress.totalBytes ?? 0
      if (startedAt === null) bar.start(total, 0, { progress })
      startedAt ??= now()
      bytesBefore ??= progress.completedBytes
      bar.setTotal(total)
      bar.update(progress.completedBytes ?? 0, { progress })
    },
    stop: () => (startedAt === null ? undefined : bar.stop()),
  }
}

const widestBar = 24

/** `██████░░░░  1.2 of 4.7 GB · layer 2 of 6: 45% · about 3 min left`, as much of it as fits. `bytesBefore` arrived earlier. */
export function pullLine(progress: PullProgress, columns: number, elapsedMs: number, bytesBefore = 0): string {
  const { completedBytes: done, totalBytes: total } = progress
  if (done === null || total === null || total === 0) return oneLine(progress.status).slice(0, columns - 1)
  const parts = [
    `${bytes(done)} of ${bytes(total)}`,
    layerText(progress),
    leftText(done - bytesBefore, total - done, elapsedMs),
    done >= total ? progress.status : '',
  ]
  const text = oneLine(parts.filter((part) => part !== '').join(' · '))
  const width = Math.min(widestBar, columns - text.length - 4)
  if (width < 5) return text.slice(0, columns - 1)
  const full = Math.round((width * Math.min(done, total)) / total)
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}  ${text}`
}

/** The layer that is still on its way; of several, the last one heard of. */
function layerText({ layers }: PullProgress): string {
  const index = layers.findLastIndex(({ completedBytes, totalBytes }) => completedBytes < totalBytes)
  const layer = layers[index]
  if (!layer) return ''
  return `layer ${index + 1} of ${layers.length}: ${Math.floor((100 * layer.completedBytes) / layer.totalBytes)}%`
}

/** The first moments say nothing about the rest. */
const settledMs = 3000

function leftText(arrived: number, missing: number, elapsedMs: number): string {
  if (arrived <= 0 || missing <= 0 || elapsedMs < settledMs) return ''
  return `about ${duration(Math.round(((elapsedMs / arrived) * missing) / 1000) * 1000)} left`
}
