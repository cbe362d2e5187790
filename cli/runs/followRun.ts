import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunView } from '../../protocol/runs.ts'
import { commandToType } from '../invocation/call.ts'
import type { Client } from '../invocation/client.ts'
import { exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, printNextStep, printNote } from '../invocation/invocation.ts'
import { startProgress } from './progress.ts'

/**
 * Starts (or resumes) a run and stays with it until it has ended, with a bar on stderr. The first Ctrl-C cancels it, so that
 * it can be resumed, or leaves it where batches go on without it; the second ends the process at once.
 */
export async function followRun(
  invocation: Invocation,
  client: Client,
  start: () => Promise<Outcome<RunView>>,
): Promise<Outcome<RunView>> {
  const progress = startProgress(invocation.terminal)
  const views = watchRuns(client, (view) => progress.show(view))
  const stop = listenForStop(invocation)
  try {
    const started = await start()
    if (!started.ok) return started
    const { runId } = started.value
    const end = () => (started.value.lane ? leaveRun(runId) : cancelRun(runId))
    return await Promise.race([views.end(started.value), stop.asked.then(end)])
  } finally {
    progress.stop()
    views.dispose()
    stop.dispose()
  }

  /** What its batches cost is owed already. */
  async function leaveRun(runId: string): Promise<Outcome<RunView>> {
    progress.stop()
    await printNote(
      invocation,
      'Stopping. Batches that are with the provider go on there. To fetch their results, or to cancel them:',
    )
    await printNextStep(invocation, commandToType(invocation.call, 'run', 'resume', runId))
    await printNextStep(invocation, commandToType(invocation.call, 'run', 'cancel', runId))
    return client.request('run/pause', { runId })
  }

  async function cancelRun(runId: string): Promise<Outcome<RunView>> {
    progress.stop()
    await printNote(invocation, 'Stopping. Finished results stay; press Ctrl-C again to end at once.')
    await printNextStep(invocation, commandToType(invocation.call, 'run', 'resume', runId))
    return client.request('run/cancel', { runId })
  }
}

/** A short run may have ended before the answer to its start is read, so views are kept from the beginning. */
export function watchRuns(client: Pick<Client, 'onNotification'>, show: (view: RunView) => void) {
  const latest = new Map<string, RunView>()
  let onView: (view: RunView) => void = () => undefined
  const listener = client.onNotification('run/progress', (view) => {
    latest.set(view.runId, view)
    onView(view)
  })
  return {
    dispose: () => listener.dispose(),
    end: (started: RunView) =>
      new Promise<Outcome<RunView>>((resolve) => {
        onView = (view) => {
          if (view.runId !== started.runId) return
          show(view)
          if (view.state !== 'running') resolve(succeed(view))
        }
        onView(latest.get(started.runId) ?? started)
      }),
  }
}

function listenForStop({ terminal }: Invocation) {
  let ask: () => void = () => undefined
  let isAsked = false
  const asked = new Promise<void>((resolve) => {
    ask = resolve
  })
  const listener = terminal.onInterrupt(() => {
    if (isAsked) terminal.exitNow(exitCodes.interrupted)
    isAsked = true
    ask()
  })
  return { asked, dispose: () => listener.dispose() }
}
