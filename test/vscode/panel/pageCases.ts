import { type Case, cases, until, untilEqual } from '../../support/vscode/runner.ts'
import type { PanelWorld } from './panelWorld.ts'

/** One short real act on each of the other pages, in the same window, after there are results. */
export function pageCases({ page, workbench, panel }: PanelWorld): Case[] {
  const { frame, button, field } = panel
  const question = page.locator('.monaco-dialog-box').filter({ hasText: 'although it has not passed the gate?' })
  const answer = (name: string) => question.getByRole('button', { name, exact: true }).click()
  return cases({
    'models: one that the provider lists is registered with a parameter of its own': async () => {
      await panel.open()
      await panel.goTo('Models')
      await field('Search').fill('fake')
      await button('Edit fake-model of work').click()
      await field('Longest answer').fill('700')
      await button('Save').click()
      await frame.getByRole('combobox', { name: 'Status' }).waitFor()
      await untilEqual('its parameter', () => field('Longest answer').inputValue(), '700')
      await button('Back to the list').click()
      await button('Edit fake-model of work').waitFor()
    },

    'categories: one is renamed and weighed': async () => {
      await panel.goTo('Categories')
      await button('Edit Planning').click()
      await field('Name').fill('Planning and tools')
      await button('Save').click()
      const renamed = frame.getByRole('row', { name: /^Planning and tools, / })
      await renamed.waitFor()
      await renamed.getByText('Boost', { exact: true }).click()
      await frame.getByText('Planning and tools: weight is now Boost.').first().waitFor()
    },

    'interests and prompts: interests are saved, and the prompt is seen as it will be sent': async () => {
      await panel.goTo('Interests and prompts')
      await field('What you want to see more of').fill('compilers and editors')
      await button('Save interests').click()
      await until('the interests to be saved', async () => await button('Save interests').isDisabled())
      await panel.choose('Task', 'Scoring')
      await field('Sample item').fill('A sample about a compiler.')
      await frame.getByRole('figure', { name: 'User' }).getByText('A sample about a compiler.').waitFor()
      await frame.getByText('compilers and editors').last().waitFor()
    },

    'task routes: a model that has not passed the gate is asked about, measured, and used all the same': async () => {
      await panel.goTo('Criteria')
      await field('Categorization: accuracy, at least').fill('90 %')
      await field('Categorization: labels, at least').fill('1000')
      await button('Save criteria').click()
      await until('the gate to be saved', async () => await button('Save criteria').isDisabled())
      await panel.goTo('Task routes')
      await panel.choose('Provider for both tasks', /^builtin/)
      await button('Save routes').click()
      await question.getByText('was never measured with it on your labels').waitFor()
      await answer('Measure it …')
      // It calls nobody: there is no second question, and the comparison comes up.
      await page.locator('.tab', { hasText: /comparison/i }).waitFor()
      await panel.open()
      await panel.goTo('Task routes')
      await button('Save routes').click()
      await question.getByText(/does not pass the gate of the profile, measured .*1,?000/).waitFor()
      await page.screenshot({ path: 'test-output/vscode/gate.png' })
      await answer('Cancel')
      await frame.getByText('Not saved yet: Categorization, Scoring').waitFor()
      await button('Save routes').click()
      await answer('Use it all the same')
      await until('the status bar to tell the new routes', async () =>
        /Categorization: ready through builtin/.test(
          (await workbench.statusBar.locator('a').getAttribute('aria-label')) ?? '',
        ),
      )
      // As it was, for those that come after.
      await panel.goTo('Criteria')
      await field('Categorization: accuracy, at least').fill('')
      await field('Categorization: labels, at least').fill('')
      await button('Save criteria').click()
      await until('the gate to be gone', async () => await button('Save criteria').isDisabled())
      await panel.goTo('Task routes')
      await panel.choose('Provider for both tasks', /^work/)
      await panel.choose('Model for both tasks', 'fake-model')
      await button('Save routes').click()
      await until('the status bar to tell the routes of before', async () =>
        /Categorization: ready through work/.test(
          (await workbench.statusBar.locator('a').getAttribute('aria-label')) ?? '',
        ),
      )
    },

    'usage: what the run took is shown, as figures and as a chart': async () => {
      await panel.goTo('Usage')
      await frame.getByRole('table', { name: 'Usage by Provider' }).getByRole('row', { name: /^work/ }).waitFor()
      await frame.getByRole('img', { name: /Tokens by Provider/ }).waitFor()
    },

    'audit: every change of this way stands there, newest first': async () => {
      await panel.goTo('Audit')
      const changes = frame.getByRole('list', { name: 'Changes' }).getByRole('listitem')
      for (const wanted of [/interests/, /Planning|planning/, /fake-model/, /work/]) {
        await changes.filter({ hasText: wanted }).first().waitFor()
      }
      await panel.choose('Provider', 'work')
      await changes
        .filter({ hasText: /planning/i })
        .first()
        .waitFor({ state: 'detached' })
      await changes.filter({ hasText: 'fake-model' }).first().waitFor()
    },
  })
}
