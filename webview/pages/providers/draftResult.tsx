import * as l10n from '@vscode/l10n'
import type { Reason } from '../../../protocol/reasons.ts'
import { describeReason, formatDuration, pullOfferSentence } from '../../parts/language.ts'
import { LoadingNote, Notice } from '../../parts/notice.tsx'
import { Button } from '../../toolkit.tsx'
import type { DraftTest } from './draftTest.ts'

interface DraftResultProps {
  test: DraftTest
  onPasteKey(): void
  onTest(): void
}

/** What came of the test that began by itself. What is wrong is mended where it stands, in the same form. */
export function DraftResult({ test, onPasteKey, onTest }: DraftResultProps) {
  const { state } = test
  switch (state.kind) {
    case 'none':
      return null
    case 'running':
      return (
        <div class="test">
          <LoadingNote>{l10n.t('Testing the connection …')}</LoadingNote>
          <Button onClick={test.cancel}>{l10n.t('Cancel the test')}</Button>
        </div>
      )
    case 'done': {
      if (!state.outcome.ok) return <Failure reason={state.outcome.reason} onPasteKey={onPasteKey} onTest={onTest} />
      const report = state.outcome.value
      return (
        <Notice look="pass">
          <p>
            {[
              l10n.t('The connection works: answered in {0}.', formatDuration(report.latencyMs)),
              ...(report.version ? [l10n.t('Version {0}', report.version)] : []),
            ].join(' ')}
          </p>
          {report.pullOffer ? <p>{pullOfferSentence(report)}</p> : null}
        </Notice>
      )
    }
  }
}

function Failure({ reason, onPasteKey, onTest }: { reason: Reason } & Omit<DraftResultProps, 'test'>) {
  if (reason.code === 'cancelled') return null
  const again = <Button onClick={onTest}>{l10n.t('Test again')}</Button>
  const key = isAboutKey(reason) ? <Button onClick={onPasteKey}>{keyButton(reason)}</Button> : null
  return (
    <Notice look="error" actions={key ?? again}>
      {describeReason(reason)}
    </Notice>
  )
}

function keyButton(reason: Reason): string {
  return isKeyMissing(reason) ? l10n.t('Paste the key …') : l10n.t('Paste another key …')
}

function isAboutKey({ code }: Reason): boolean {
  return code === 'secret_missing' || code === 'auth_failed'
}

/** The server wants a key, and none was sent. */
export function isKeyMissing(reason: Reason): boolean {
  return (
    (reason.code === 'secret_missing' && reason.source === 'secret_store') ||
    (reason.code === 'auth_failed' && reason.wantsKey === true)
  )
}

/** The base URL at which the API was found, where the one that was asked is nearly right. */
export function otherAddressOf(reason: Reason): string | null {
  const isAddress = reason.code === 'invalid_response' || reason.code === 'provider_unreachable'
  return (isAddress && reason.otherAddress) || null
}
