import * as l10n from '@vscode/l10n'
import type { Evidence, ResultRecord } from '../../protocol/results.ts'
import { formatNumber } from '../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../parts/notice.tsx'
import { useAnswer } from './resultsContext.ts'

/** The whole text of an item, as its source has it now; else the first words that the run has kept. */
export function ItemText({ result: { runId, id, inputHash, preview, evidence } }: { result: ResultRecord }) {
  const answer = useAnswer('run/itemText', { runId, id, inputHash }, 0)
  return (
    <section class="item-whole" aria-label={l10n.t('Text')}>
      {answer.kind === 'there' ? (
        <Read {...answer.value} preview={preview} evidence={evidence} />
      ) : (
        <FirstWords preview={preview} />
      )}
      {answer.kind === 'reading' ? <LoadingNote /> : null}
      {answer.kind === 'failed' ? <ReasonNotice reason={answer.reason} /> : null}
    </section>
  )
}

interface ReadProps {
  text: string | null
  isCut: boolean
  isAsJudged: boolean
  preview: string | undefined
  evidence: Evidence | undefined
}

function Read({ text, isCut, isAsJudged, preview, evidence }: ReadProps) {
  if (text === null) {
    return (
      <>
        <Notice look="warning">
          {l10n.t('The source has changed since the run: this item is no longer in it. Its text began:')}
        </Notice>
        <FirstWords preview={preview} />
      </>
    )
  }
  return (
    <>
      {isAsJudged ? null : (
        <Notice look="warning">
          {l10n.t('The source has changed since the run. This is the text as it is now, not as it was judged.')}
        </Notice>
      )}
      <p class="item-words">
        {markedPieces(text, evidence).map(({ words, isQuoted }, index) =>
          isQuoted ? <mark key={index}>{words}</mark> : words,
        )}
      </p>
      {isCut ? (
        <p class="facts">{l10n.t('Only the first {0} characters are shown.', formatNumber(text.length))}</p>
      ) : null}
    </>
  )
}

/** The text in pieces, those that were quoted marked; of two that overlap both are. */
function markedPieces(text: string, evidence: Evidence | undefined): { words: string; isQuoted: boolean }[] {
  const passages = [evidence?.categories, ...Object.values(evidence?.criteria ?? {})]
  const found = passages.flatMap((passage) => {
    const start = passage ? text.indexOf(passage) : -1
    return passage && start >= 0 ? [{ start, end: start + passage.length }] : []
  })
  const pieces: { words: string; isQuoted: boolean }[] = []
  let at = 0
  for (const { start, end } of found.toSorted((one, other) => one.start - other.start)) {
    if (end <= at) continue
    pieces.push({ words: text.slice(at, Math.max(at, start)), isQuoted: false })
    pieces.push({ words: text.slice(Math.max(at, start), end), isQuoted: true })
    at = end
  }
  return [...pieces, { words: text.slice(at), isQuoted: false }].filter(({ words }) => words !== '')
}

function FirstWords({ preview }: { preview: string | undefined }) {
  return preview === undefined ? null : <p class="item-words">{preview} …</p>
}
