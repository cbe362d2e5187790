// The extension inside a real VS Code: in its extension host, in Restricted Mode, as a person uses it, and packaged.
// `node scripts/test-vscode.mjs [inside|restricted|person|panel|ways|moved|packaged …]`. LLM_PROVIDERS_EDITOR=desktop: a downloaded desktop VS Code.
import { deepStrictEqual } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import esbuild from 'esbuild'
import { ensureEditor, launchBrowser, startEditor, testPayload } from './editor.mjs'
import { root } from './install.mjs'

const output = path.join(root, 'test-output', 'vscode')
const isDesktop = process.env.LLM_PROVIDERS_EDITOR === 'desktop'
const patienceMs = 90_000
const suites = { inside, restricted, person, panel, ways, moved, packaged }

/** What the bundled cases for a browser export. */
let tests
const totals = { passed: 0, failed: 0 }
const wanted = process.argv.slice(2)
const begun = performance.now()
try {
  requireBuild()
  tests = await bundleTests()
  if (!isDesktop) await ensureEditor()
  const browser = isDesktop ? null : await launchBrowser()
  for (const [name, suite] of Object.entries(suites)) {
    if (wanted.length === 0 || wanted.includes(name)) await runSuite(name, suite, browser)
  }
  await browser?.close()
} catch (error) {
  totals.failed += 1
  console.error(error instanceof Error ? error.message : error)
}
console.log(`\nin ${((performance.now() - begun) / 1000).toFixed(0)} s`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1
// A case that fails may leave a server behind that would keep this process for ever.
setTimeout(() => process.exit(), 5_000).unref()

async function runSuite(name, suite, browser) {
  console.log(`\n${name}`)
  const workspace = await mkdtemp(path.join(os.tmpdir(), `llm-providers-${name}-`))
  try {
    await suite(workspace, browser)
  } catch (error) {
    tell({ name, ms: 0, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  } finally {
    await rm(workspace, { recursive: true, force: true })
  }
}

async function inside(workspace, browser) {
  // Its cases judge the same few texts again and again.
  await writeSettings(workspace, { 'llmProviders.run.reuseMegabytes': 0 })
  return runInside('inside', workspace, browser, { workspaceTrust: false })
}

async function restricted(workspace, browser) {
  const settings = {
    'llmProviders.endpoint': 'http://attacker.example',
    'llmProviders.dataDir': workspace,
    'llmProviders.dataFolder': workspace,
  }
  await writeSettings(workspace, settings)
  return runInside('restricted', workspace, browser, { workspaceTrust: true })
}

async function writeSettings(workspace, settings) {
  await mkdir(path.join(workspace, '.vscode'))
  await writeFile(path.join(workspace, '.vscode', 'settings.json'), JSON.stringify(settings))
}

/** Runs a test module in the extension host and tells what it reported. */
async function runInside(name, workspace, browser, { workspaceTrust }) {
  const report = path.join(output, `${name}.jsonl`)
  const testsPath = path.join(output, `${name}.js`)
  await rm(report, { force: true })
  const env = { [tests.reportVariable]: report }
  if (isDesktop) await runDesktop(testsPath, workspace, env, workspaceTrust)
  else await runInPage(testsPath, workspace, browser, env, workspaceTrust)
  tellReport(report)
}

async function runInPage(testsPath, workspace, browser, env, workspaceTrust) {
  const editor = await startEditor({ workspaceTrust, env, driver: true })
  const page = await browser.newPage()
  try {
    const log = []
    await page.exposeFunction('codeAutomationLog', (type, args) => log.push(`${type}: ${args.join(' ')}`))
    const ended = new Promise((resolve) => void page.exposeFunction('codeAutomationExit', resolve))
    await page.goto(editor.address(workspace, testPayload(editor.port, testsPath)))
    const tooLate = setTimeout(() => page.close(), 15 * 60_000)
    await Promise.race([ended, page.waitForEvent('close', { timeout: 0 })])
    clearTimeout(tooLate)
    await writeFile(path.join(output, `${path.basename(testsPath)}.log`), log.join('\n'))
  } finally {
    await page.close()
    const name = path.basename(testsPath, '.js')
    await keepLog(editor, name)
    tellKeysWritten(editor, name)
    await editor.stop()
  }
}

/**
 * The cases hand keys to the extension: none may be in a log of the editor, in what the extension keeps, or in what was printed. The
 * profile's own settings are not searched, from which a case moves a key, nor the copies of them that the editor makes.
 */
function tellKeysWritten(editor, name) {
  const begun = performance.now()
  const logs = path.join(editor.home, 'data', 'logs')
  const kept = editor.dataFolder
  const printed = [`${name}.js.log`, `${name}.extension.log`].map((file) => path.join(output, file))
  const missing = [logs, kept].filter((folder) => !existsSync(folder)).map((folder) => `${folder} is not there`)
  const found = [
    ...[logs, kept].filter((folder) => existsSync(folder)).flatMap((folder) => tests.searchFolder(folder)),
    ...printed.filter((file) => existsSync(file) && tests.holdsCanary(readFileSync(file))),
  ].map((file) => `a key of the tests stands in ${file}`)
  const problems = [...missing, ...found]
  tell({
    name: 'no key is in a log, in what is kept, or in what was printed',
    ms: Math.round(performance.now() - begun),
    failure: problems.length > 0 ? problems.join('\n') : null,
  })
}

/** What the extension logged, for whoever looks for the cause of a failure. */
async function keepLog(editor, name) {
  const logs = await readdir(path.join(editor.home, 'data', 'logs'), { recursive: true }).catch(() => [])
  const ours = logs.filter((file) => path.basename(file) === 'LLM Providers.log')
  const texts = await Promise.all(ours.map((file) => readFile(path.join(editor.home, 'data', 'logs', file), 'utf8')))
  await writeFile(path.join(output, `${name}.extension.log`), texts.join('\n'))
}

async function runDesktop(testsPath, workspace, env, workspaceTrust) {
  const { runTests } = await import('@vscode/test-electron')
  const dataFolder = await mkdtemp(path.join(os.tmpdir(), 'llm-providers-data-'))
  await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: testsPath,
    extensionTestsEnv: { ...env, LLM_PROVIDERS_HOME: dataFolder },
    launchArgs: [workspace, '--disable-extensions', ...(workspaceTrust ? [] : ['--disable-workspace-trust'])],
  }).catch(() => {})
  await rm(dataFolder, { recursive: true, force: true })
}

function tellReport(report) {
  const lines = existsSync(report)
    ? readFileSync(report, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : []
  for (const line of lines) {
    if ('note' in line) console.log(`      ${line.note}`)
    if ('case' in line) tell(line.case)
  }
  if (!lines.some((line) => 'end' in line)) {
    tell({
      name: 'the tests ran to their end',
      ms: 0,
      failure: `they stopped after ${lines.length} lines of ${report}`,
    })
  }
}

async function person(workspace, browser) {
  if (isDesktop) return notOnDesktop()
  const editor = await startEditor({ extension: 'checkout' })
  try {
    await runPage(browser, editor.address(workspace), (page) =>
      tests.personCases({ page, workspace, home: editor.home }),
    )
  } finally {
    await editor.stop()
  }
}

/** The settings panel in one window, and then in two of the same profile. */
async function panel(workspace, browser) {
  if (isDesktop) return notOnDesktop()
  const editor = await startEditor({ extension: 'checkout' })
  const otherFolder = await mkdtemp(path.join(os.tmpdir(), 'llm-providers-other-'))
  try {
    await runPage(browser, editor.address(workspace), async (page) =>
      tests.panelCases({
        ...{ page, workspace, editor },
        interactions: await tests.countInteractions(page),
        // The same browser context: windows of one person share what the editor keeps secret.
        async openWindow() {
          const other = await page.context().newPage()
          other.setDefaultTimeout(patienceMs)
          await other.goto(editor.address(otherFolder))
          return other
        },
      }),
    )
  } finally {
    await keepLog(editor, 'panel')
    await editor.stop()
    await rm(otherFolder, { recursive: true, force: true })
  }
}

/** The editor finds a store in its own storage, as the version of before left it: it moves to where the terminal has its data. */
async function moved(workspace, browser) {
  if (isDesktop) return notOnDesktop()
  const editor = await startEditor({ extension: 'checkout' })
  const cli = (...words) => {
    const told = spawnSync(process.execPath, [path.join(root, 'dist', 'cli.js'), ...words, '--json'], {
      encoding: 'utf8',
      env: { ...process.env, LLM_PROVIDERS_HOME: editor.dataFolder },
    })
    return JSON.parse(told.stdout)
  }
  try {
    cli('provider', 'add', 'work', '--kind', 'ollama', '--data-dir', editor.globalStorage)
    await runPage(browser, editor.address(workspace), (page) => [
      {
        name: 'a store in its own storage moves to the folder of the terminal, which has it from then on',
        async run() {
          await page.getByText('The data of this editor has moved to').first().waitFor()
          const { value } = cli('where')
          const providers = cli('provider', 'list').value.map(({ provider }) => provider)
          deepStrictEqual([value.editors.map(({ state }) => state), providers.includes('work')], [['moved'], true])
        },
      },
    ])
  } finally {
    await keepLog(editor, 'moved')
    await editor.stop()
  }
}

/** What somebody wants to get done, from an empty profile on, and in how many steps: counted, held to limits, and printed as a table. */
async function ways(workspace, browser) {
  if (isDesktop) return notOnDesktop()
  const provider = await tests.startTicketServer()
  const editor = await startEditor({ extension: 'checkout' })
  const measured = new tests.Measured()
  try {
    await runPage(browser, editor.address(workspace), async (page) => {
      // Before the page is opened: it counts in documents that come later.
      const interactions = await tests.countInteractions(page)
      return tests.ownFileCases({ page, workspace, provider, interactions, measured })
    })
    console.log(measured.table().replaceAll(/^/gm, '      '))
  } finally {
    await keepLog(editor, 'ways')
    await editor.stop()
    await provider.close()
  }
}

async function packaged(workspace, browser) {
  if (isDesktop) return notOnDesktop()
  const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const vsix = path.join(root, `${name}-${version}.vsix`)
  if (!existsSync(vsix)) throw new Error(`${path.basename(vsix)} is missing: npm run package makes it.`)
  const editor = await startEditor({ extension: vsix })
  try {
    await runPage(browser, editor.address(workspace), (page) => tests.packagedCases({ page, workspace }))
  } finally {
    await editor.stop()
  }
}

/** Opens the workbench in a page of its own and runs the cases there; a failing one leaves a picture. */
async function runPage(browser, address, makeCases) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  try {
    // What a person can see, a key is never among.
    const list = tests.searched(await makeCases(page), page)
    await page.goto(address)
    await page.locator('.monaco-workbench').waitFor()
    let failures = 0
    await tests.runCases(list, async (report) => {
      tell(report)
      if (report.failure) await page.screenshot({ path: path.join(output, `failed-${++failures}.png`) })
    })
  } finally {
    await context.close()
  }
}

/** Told, and counted as failed: a run that leaves something out must not look complete. */
function notOnDesktop() {
  throw new Error('these cases drive the browser editor: run them without LLM_PROVIDERS_EDITOR=desktop')
}

function tell({ name, ms, failure }) {
  totals[failure === null ? 'passed' : 'failed'] += 1
  console.log(`${failure === null ? '  ok  ' : '  FAIL'} ${name} (${ms} ms)`)
  if (failure !== null) console.log(failure.replaceAll(/^/gm, '        '))
}

function requireBuild() {
  const missing = ['extension.js', 'server.js'].filter((file) => !existsSync(path.join(root, 'dist', file)))
  if (missing.length > 0) throw new Error(`dist/ has no ${missing.join(' and no ')}: npm run build makes it.`)
}

/** Two modules for the extension host; the third one, for here, is returned. */
async function bundleTests() {
  await mkdir(output, { recursive: true })
  const shared = { bundle: true, platform: 'node', outdir: output, sourcemap: 'inline', logLevel: 'warning' }
  const entry = (suite) => path.join(root, 'test', 'vscode', suite, 'main.ts')
  await Promise.all([
    esbuild.build({
      ...shared,
      entryPoints: { inside: entry('inside'), restricted: entry('restricted') },
      format: 'cjs',
      external: ['vscode'],
    }),
    esbuild.build({
      ...shared,
      entryPoints: { person: entry('person') },
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      packages: 'external',
    }),
  ])
  const module = await import(pathToFileURL(path.join(output, 'person.mjs')))
  return module.tests
}
