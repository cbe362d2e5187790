import * as l10n from '@vscode/l10n'
import type { EntryDifference, GatewayStep } from '../../../protocol/gateways.ts'
import { assertNever } from '../../../protocol/names.ts'
import { describeReason } from '../../parts/language.ts'
import { Button } from '../../toolkit.tsx'

type Step = GatewayStep & { isDone?: boolean }

export interface GatewayStepsProps {
  title: string
  steps: readonly Step[]
  onClose(): void
}

/** What a sync would do, or did, model by model. */
export function GatewaySteps({ title, steps, onClose }: GatewayStepsProps) {
  return (
    <section aria-label={title}>
      <h4>{title}</h4>
      {steps.length === 0 ? <p class="facts">{l10n.t('No active model is marked for gateways.')}</p> : null}
      <ul>
        {steps.map((step) => (
          <li key={`${step.action} ${step.provider}/${step.model} ${step.name}`}>
            <strong>{actionWords(step)}</strong> {step.provider === null ? null : `${step.provider} / ${step.model}`}{' '}
            {step.name === null ? null : <code>{step.name}</code>} {keyWords(step)}
            {step.reason === null ? null : <p class="why">{describeReason(step.reason)}</p>}
            {step.differences.length === 0 ? null : (
              <ul>
                {step.differences.map((difference) => (
                  <li key={difference.field}>{differenceWords(difference)}</li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
      <div class="actions">
        <Button onClick={onClose}>{l10n.t('Close')}</Button>
      </div>
    </section>
  )
}

/** `isDone` absent: it is only planned. */
function actionWords({ action, isDone }: Step): string {
  if (isDone === false && action !== 'refuse') return l10n.t('Failed:')
  switch (action) {
    case 'make':
      return isDone ? l10n.t('Made:') : l10n.t('Make:')
    case 'replace':
      return isDone ? l10n.t('Replaced:') : l10n.t('Replace:')
    case 'remove':
      return isDone ? l10n.t('Removed:') : l10n.t('Remove:')
    case 'keep':
      return l10n.t('As it should be:')
    case 'refuse':
      return l10n.t('Not possible:')
    default:
      return assertNever(action)
  }
}

function keyWords({ action, key }: Step): string | null {
  if (key === null || action === 'keep') return null
  if (key.kind === 'none') return l10n.t('without a key')
  return key.kind === 'value' ? l10n.t('with its key as a value') : l10n.t('with its key from {0} there', key.name)
}

/** A key is never told, only that it is another one. */
function differenceWords({ field, before, after }: EntryDifference): string {
  if (field === 'api_key') return l10n.t('{0}: another one', field)
  return l10n.t('{0}: {1} becomes {2}', field, textOf(before), textOf(after))
}

function textOf(value: EntryDifference['before']): string {
  return value === null ? l10n.t('nothing') : typeof value === 'string' ? value : JSON.stringify(value)
}
