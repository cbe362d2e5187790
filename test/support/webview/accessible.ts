import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect } from 'vitest'
import type { Panel } from './panel.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const axeModule = `(() => { const module = { exports: {} }; ${axe}; return module.exports })()`

interface Violation {
  id: string
  impact: string
  help: string
  nodes: { html: string; failureSummary: string }[]
}

/** axe-core finds nothing serious or critical in the page as it is now. */
export async function expectAccessible(panel: Panel): Promise<void> {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
  await expectNone(panel, rules, ({ impact }) => impact === 'serious' || impact === 'critical')
}

/** Of what axe-core calls good practice, what helps somebody to find the way. */
const practices = [
  ...['heading-order', 'empty-heading', 'page-has-heading-one', 'region', 'landmark-one-main', 'landmark-unique'],
  ...['landmark-no-duplicate-main', 'skip-link', 'tabindex', 'aria-allowed-role', 'label-title-only'],
  ...['empty-table-header', 'scope-attr-valid', 'accesskeys', 'presentation-role-conflict'],
]

export async function expectGoodPractice(panel: Panel): Promise<void> {
  await expectNone(panel, practices, () => true)
}

async function findViolations({ page }: Panel, rules: readonly string[]): Promise<Violation[]> {
  // Half a megabyte: once a page.
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(`void (globalThis.axe = ${axeModule})`)
  const options = JSON.stringify({ resultTypes: ['violations'], runOnly: rules })
  const { violations } = (await page.evaluate(`axe.run(document, ${options})`)) as { violations: Violation[] }
  return violations
}

async function expectNone(
  panel: Panel,
  rules: readonly string[],
  counts: (found: Violation) => boolean,
): Promise<void> {
  const found = async () => (await findViolations(panel, rules)).filter(counts).map(summarize)
  await expect.poll(found).toEqual([])
}

function summarize({ id, help, nodes }: Violation): object {
  return { id, help, where: nodes.map(({ html }) => html.slice(0, 200)) }
}
