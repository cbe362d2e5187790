import * as l10n from '@vscode/l10n'
import { useId, useState } from 'preact/hooks'
import type { ConnectionTest, ModelTestReport } from '../../../protocol/models.ts'
import type { ModelInfo } from '../../../protocol/providers.ts'
import { probeLines } from '../../parts/describeProbe.ts'
import {
  betterKindSentence,
  countModels,
  formatDuration,
  localizeOr,
  pullOfferSentence,
  translated,
} from '../../parts/language.ts'
import { Notice } from '../../parts/notice.tsx'
import { Button, Dropdown } from '../../toolkit.tsx'

/** What a test found: is it there, how fast, what has it, has it what the routes want, and what does it really do. */
export function TestReport({ report, onMeasure }: { report: ConnectionTest; onMeasure(model: string): void }) {
  const missing = report.wanted.filter(({ found }) => !found).map(({ model }) => model)
  const found = report.wanted.filter((wanted) => wanted.found).map(({ model }) => model)
  return (
    <>
      <Notice look={missing.length > 0 && !report.isListPartial ? 'warning' : 'pass'}>
        <p>{l10n.t('The connection works: answered in {0}.', formatDuration(report.latencyMs))}</p>
        <ul class="findings">
          {report.betterKind ? <li>{betterKindSentence(report)}</li> : null}
          {report.pullOffer ? <li>{pullOfferSentence(report)}</li> : null}
          {report.version ? <li>{l10n.t('Version {0}', report.version)}</li> : null}
          <li>{describeModels(report.models)}</li>
          {found.length > 0 ? <li>{l10n.t('It has what the routes ask for: {0}', found.join(', '))}</li> : null}
          {missing.length > 0 ? <li>{describeMissing(missing, report.isListPartial === true)}</li> : null}
          <li>{l10n.t('How it was asked: {0}', translated(report.method))}</li>
        </ul>
        {report.tested ? <TestedModel tested={report.tested} /> : null}
      </Notice>
      <MeasureModel models={report.models} onMeasure={onMeasure} />
    </>
  )
}

function describeModels(models: readonly ModelInfo[]): string {
  const names = models.slice(0, 5).map(({ model }) => model)
  if (names.length === 0) return countModels(0)
  return `${countModels(models.length)}: ${names.join(', ')}${models.length > names.length ? ', …' : ''}`
}

function describeMissing(missing: readonly string[], isListPartial: boolean): string {
  return isListPartial
    ? l10n.t('Not in its list, which is incomplete: {0}', missing.join(', '))
    : l10n.t('It lacks what a route asks for: {0}', missing.join(', '))
}

function TestedModel({ tested }: { tested: ModelTestReport }) {
  const { model, latencyMs, usage, embedding, probe } = tested
  return (
    <>
      <p>{l10n.t('{0} answered in {1}.', model, formatDuration(latencyMs))}</p>
      <ul class="findings">
        {usage.input === null ? null : (
          <li>{l10n.t('Tokens: {0} in, {1} out', usage.input, usage.output ?? l10n.t('not known'))}</li>
        )}
        {embedding ? <li>{l10n.t('Length of its vectors: {0}', embedding.dimensions)}</li> : null}
        {embedding?.advice ? <li>{localizeOr(embedding.localizable, embedding.advice)}</li> : null}
        {probe ? probeLines(probe).map((line) => <li key={line}>{line}</li>) : null}
      </ul>
    </>
  )
}

/** A real call of one of the models, to measure what it does. */
function MeasureModel({ models, onMeasure }: { models: readonly ModelInfo[]; onMeasure(model: string): void }) {
  const generating = models.filter(({ type }) => type !== 'embedding')
  const [model, setModel] = useState(generating[0]?.model ?? '')
  const id = useId()
  if (generating.length === 0) return null
  return (
    <div class="toolbar">
      <Dropdown
        id={`${id}-model`}
        label={l10n.t('Model to measure')}
        value={model}
        options={generating.slice(0, 200).map((info) => ({ value: info.model, label: info.label ?? info.model }))}
        onInput={setModel}
      />
      <Button onClick={() => onMeasure(model)}>{l10n.t('Measure what it does')}</Button>
    </div>
  )
}
