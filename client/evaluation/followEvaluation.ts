import { l10n, ProgressLocation, window } from 'vscode'
import type { Params } from '../../protocol/contract.ts'
import type { EvaluationProgress, EvaluationReport } from '../../protocol/evaluation.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Api } from '../connection/api.ts'
import { createDisposableStore } from '../connection/disposables.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { Signal } from '../connection/signal.ts'
import { formatNumber } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'

export interface FollowParts {
  lifetime: Pick<ServerLifetime, 'state' | 'changes'>
  evaluations: Signal<EvaluationProgress>
}

/** From the start to the report, with progress and cancel; what was judged before a cancel is in the report. Null: the server went. */
export function followEvaluation(
  api: Api,
  request: Params<'evaluation/start'>,
  parts: FollowParts,
): Promise<Outcome<EvaluationReport> | null> {
  const title = l10n.t('Comparing models')
  const options = { location: ProgressLocation.Notification, title, cancellable: true }
  const work = window.withProgress(options, async (progress, token) => {
    // News may come before the answer that names it.
    const news = collectNews(parts)
    try {
      const started = await api.request('evaluation/start', request)
      if (!started.ok) return started
      const { id } = started.value
      const cancel = () => void api.request('evaluation/cancel', { id }).catch(() => undefined)
      news.add(token.onCancellationRequested(cancel))
      if (token.isCancellationRequested) cancel()
      let percent = 0
      const isOver = await news.untilEnd(id, ({ current, done, total }) => {
        const reached = total === 0 ? 0 : Math.floor((100 * done) / total)
        const message = l10n.t('{0} of {1}', formatNumber(done), formatNumber(total))
        progress.report({
          message: current === null ? message : `${onOneLine(current)}, ${message}`,
          increment: Math.max(0, reached - percent),
        })
        percent = Math.max(percent, reached)
      })
      return isOver ? await api.request('evaluation/read', { id }) : null
    } finally {
      news.dispose()
    }
  })
  return Promise.resolve(work)
}

function collectNews({ lifetime, evaluations }: FollowParts) {
  const store = createDisposableStore()
  const latest = new Map<string, EvaluationProgress>()
  const process = lifetime.state
  let hear: (progress: EvaluationProgress) => void = () => undefined
  let lose: () => void = () => undefined
  store.add(
    evaluations.listen((progress) => {
      latest.set(progress.id, progress)
      hear(progress)
    }),
  )
  store.add(lifetime.changes.listen((state) => state !== process && lose()))
  return {
    add: store.add,
    dispose: () => store.dispose(),
    /** False: the server went before the end. */
    untilEnd: (id: string, onProgress: (progress: EvaluationProgress) => void) =>
      new Promise<boolean>((resolve) => {
        lose = () => resolve(false)
        hear = (progress) => {
          if (progress.id !== id) return
          onProgress(progress)
          if (progress.state !== 'running') resolve(true)
        }
        const known = latest.get(id)
        if (known) hear(known)
        if (lifetime.state !== process) lose()
      }),
  }
}
