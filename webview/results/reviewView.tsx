import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ShownItem } from '../../protocol/resultsPage.ts'
import type { ReviewItem, ReviewPage, ReviewState } from '../../protocol/review.ts'
import type { RunView } from '../../protocol/runs.ts'
import { describeDoubt, describeEnough, describeReviewState } from '../../shared/describe/review.ts'
import { language } from '../parts/language.ts'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { CorrectionBar } from './correctionBar.tsx'
import { ResultDetail } from './resultDetail.tsx'
import { useAnswer, useResults } from './resultsContext.ts'
import { type Quick, useQuickCorrections } from './useQuickCorrections.ts'

/** So many are known ahead, so that the next one is there with the key. */
const ahead = 5

interface ReviewViewProps {
  run: RunView
  /** Another one when results, or what people say of them, have changed. */
  version: number
  onClose(): void
}

/** One item after the other, the most doubtful first, and what is known of all by those that were seen. */
export function ReviewView({ run, version, onClose }: ReviewViewProps) {
  const review = useReview(run, version)
  const keys = `${useId()}-keys`
  const { page, current, quick } = review
  const place = useRef<HTMLElement>(null)
  useEffect(() => place.current?.focus(), [current === null])
  if (review.failed) return <ReasonNotice reason={review.failed} />
  if (page === null) return <LoadingNote />
  return (
    <>
      <Known state={page.state} />
      {current === null ? (
        <NothingLeft isEmpty={page.state.items === 0} onAgain={review.hasSkipped ? review.again : null} />
      ) : (
        <section
          ref={place}
          class="review-item"
          tabIndex={-1}
          aria-label={l10n.t('The item to review')}
          aria-describedby={keys}
          onKeyDown={(event) => {
            if (isForReview(event) && review.press(event)) event.preventDefault()
          }}
        >
          <p class="facts">{whyText(current)}</p>
          <ResultDetail
            result={quick.corrections.over(current.result)}
            item={review.item}
            isCorrecting={review.isCorrecting}
            onCorrect={review.correct}
            isLeftOut={false}
            onShow={review.show}
            onClose={onClose}
          />
        </section>
      )}
      {current ? (
        <>
          <div class="actions">
            <Button look="primary" onClick={review.accept}>
              {l10n.t('Accept, next')}
            </Button>
            <Button onClick={review.skip}>{l10n.t('Later')}</Button>
          </div>
          <CorrectionBar
            id={keys}
            quick={quick}
            row={quick.corrections.over(current.result)}
            isReview
            onChoose={(digit) => quick.choose(digit, 0)}
          />
        </>
      ) : null}
    </>
  )
}

/** `onAgain`: shows what was left for later; null: nothing was. */
function NothingLeft({ isEmpty, onAgain }: { isEmpty: boolean; onAgain: (() => void) | null }) {
  return (
    <>
      <p>
        {isEmpty
          ? l10n.t('Nothing was categorized, so there is nothing to review.')
          : l10n.t('There is nothing left to review.')}
      </p>
      {onAgain ? <Button onClick={onAgain}>{l10n.t('Show what was left for later')}</Button> : null}
    </>
  )
}

/** What is typed into a field, or presses a button, is for that. */
function isForReview({ target, key }: KeyboardEvent): boolean {
  const element = target as HTMLElement
  if (element.matches('input, textarea, select, [role=combobox], [contenteditable]')) return false
  return !((key === 'Enter' || key === ' ') && element.matches('button, a, summary, [role=button]'))
}

/** Progress, agreement, how many are still wrong, and whether more is worth while. */
function Known({ state }: { state: ReviewState }) {
  return (
    <section class="review-known" aria-label={l10n.t('What is known by now')}>
      <progress max={Math.max(1, state.items)} value={state.seen} aria-label={l10n.t('Seen')} />
      <div role="status">
        {describeReviewState(language, state).map((line) => (
          <p key={line}>{line}</p>
        ))}
        <p class={state.enough === null ? 'facts' : ''}>{describeEnough(language, state)}</p>
      </div>
    </section>
  )
}

function whyText({ drawn, doubts }: ReviewItem): string {
  const told = doubts.map((doubt) => describeDoubt(language, doubt)).join(', ')
  if (drawn === 'chance')
    return told === '' ? l10n.t('Drawn by chance.') : l10n.t('Drawn by chance. Besides: {0}.', told)
  return told === '' ? l10n.t('The least sure of those that are left.') : l10n.t('Doubtful: {0}.', told)
}

interface Review {
  /** As it was read last; null: not yet. */
  page: ReviewPage | null
  failed: Extract<ReturnType<typeof useAnswer>, { kind: 'failed' }>['reason'] | null
  current: ReviewItem | null
  item: Parameters<typeof ResultDetail>[0]['item']
  quick: Quick
  isCorrecting: boolean
  correct(isOpen: boolean): void
  press(event: KeyboardEvent): boolean
  accept(): void
  skip(): void
  hasSkipped: boolean
  /** What was left for later comes again. */
  again(): void
  /** Another item of the run, out of turn. */
  show(item: ShownItem): void
}

function useReview(run: RunView, version: number): Review {
  const { runId } = run
  const queue = useQueue(runId, version)
  const { current } = queue
  const [isCorrecting, setIsCorrecting] = useState(false)
  const next = () => {
    setIsCorrecting(false)
    queue.next()
  }
  const place = placeOf(current)
  const item = useAnswer('run/item', place && { runId, ...place }, version)
  const used = useAnswer('run/summary', { runId }, 0)
  const quick = useQuickCorrections({
    ...{ runId, criteria: run.criteria ?? null, total: 2 },
    anyRow: current?.result,
    used: used.kind === 'there' ? used.value.byCategory : null,
    rowAt: (index) => (index === 0 ? current?.result : undefined),
    // Each item is a view of its own: what is taken back is shown again.
    view: `review ${place?.id} ${place?.inputHash}`,
    onMove: (index) => (index === 1 ? next() : undefined),
    onFind: queue.show,
    onSaid: () => undefined,
  })
  const skip = () => {
    queue.leaveForLater()
    next()
  }
  return {
    ...{ page: queue.page, failed: queue.failed, current, quick, isCorrecting, skip, show: queue.show },
    ...{ hasSkipped: queue.hasSkipped, again: queue.again },
    item: item.kind === 'there' ? item.value : null,
    correct: setIsCorrecting,
    accept: () => void (current && acceptIn(quick, current.result, next)),
    press(event) {
      if (event.key === 'F2') setIsCorrecting(true)
      else if (event.key === 'ArrowDown') skip()
      else return quick.press(event, 0)
      return true
    },
  }
}

/** The item that is shown stays until the person goes on, whatever the server has as the next one by then. */
function useQueue(runId: string, version: number) {
  const { host } = useResults()
  const [skipped, setSkipped] = useState<readonly ShownItem[]>([])
  const asked = useAnswer('run/review', { runId, skipped: [...skipped], limit: ahead }, version)
  const [page, setPage] = useState<ReviewPage | null>(null)
  const [current, setCurrent] = useState<ReviewItem | null>(null)
  // What was left behind is not to come back before its label is known.
  const passed = useRef(new Set<string>())
  const take = (items: readonly ReviewItem[]) =>
    setCurrent(items.find(({ result }) => !passed.current.has(result.inputHash)) ?? null)
  useEffect(() => {
    if (asked.kind !== 'there') return
    setPage(asked.value)
    if (current === null) take(asked.value.items)
  }, [asked])
  return {
    ...{ page, current, hasSkipped: skipped.length > 0 },
    again() {
      for (const { inputHash } of skipped) passed.current.delete(inputHash)
      setSkipped([])
    },
    failed: asked.kind === 'failed' ? asked.reason : null,
    next() {
      if (current) passed.current.add(current.result.inputHash)
      take(page?.items ?? [])
    },
    leaveForLater() {
      const place = placeOf(current)
      if (place) setSkipped([...skipped, place])
    },
    show(wanted: ShownItem) {
      void host.request('run/item', { runId, ...wanted }).then((found) => {
        if (!found.ok || found.value === null) return
        passed.current.delete(wanted.inputHash)
        setCurrent({ result: found.value.result, doubts: [], drawn: 'doubt' })
      })
    },
  }
}

function placeOf(shown: ReviewItem | null): ShownItem | null {
  return shown && { id: shown.result.id, inputHash: shown.result.inputHash }
}

/** As the key does. */
function acceptIn(quick: Quick, row: ResultRecord, next: () => void): void {
  quick.corrections.say(row, { index: 0, view: '' }, { kind: 'accept' }, quick.names)
  next()
}
