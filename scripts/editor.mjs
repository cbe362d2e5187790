// The real VS Code for tests and pictures: `code-server` of npm carries it whole, Chromium shows it.
// Installed once into a cache folder outside the checkout; started on a free loopback port with data of its own.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { chromium } from 'playwright-core'
import { projectNode, root } from './install.mjs'

const version = '4.139.1'
const cache = path.join(process.env.LLM_PROVIDERS_CACHE ?? path.join(os.homedir(), '.cache', 'llm-providers'), 'vscode')
const serverMain = path.join(cache, 'node_modules', 'code-server', 'lib', 'vscode', 'out', 'server-main.js')

const chromiumPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Installs the editor if it is not there (once; about two minutes and 740 MB). Throws an error that says what to install. */
export async function ensureEditor() {
  const stamp = path.join(cache, 'installed')
  const installed = await readFile(stamp, 'utf8').catch(() => null)
  if (installed === version && existsSync(serverMain)) return
  console.error(`Installing VS Code for the tests into ${cache} (once; about two minutes) ...`)
  await mkdir(cache, { recursive: true })
  await writeFile(path.join(cache, 'package.json'), '{ "private": true }\n')
  const npm = spawnSync('npm', ['i', '--no-audit', '--no-fund', '--loglevel=error', `code-server@${version}`], {
    cwd: cache,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
    env: environmentOfProjectNode(),
  })
  if (npm.status !== 0 || !existsSync(serverMain)) {
    throw new Error(
      `The editor for the tests (npm package code-server ${version}) could not be installed: see above.\n` +
        'On Debian and Ubuntu it needs: apt-get install -y libkrb5-dev pkg-config g++ make python3',
    )
  }
  await writeFile(stamp, version)
}

/**
 * One of the editor's modules is compiled for the Node that runs the installation, so that has to be the one that runs it later.
 * What an outer npm says of itself goes: the editor's installation believes it, and refuses the older Node that ran that.
 */
function environmentOfProjectNode() {
  const { npm_config_user_agent: _, npm_node_execpath: _node, NODE: _path, ...environment } = process.env
  return { ...environment, PATH: `${path.dirname(projectNode)}${path.delimiter}${process.env.PATH}` }
}

/** The path of Chromium, or an error that says how to get it. */
export function findChromium() {
  const wanted = process.env.CHROMIUM_PATH
  const found = wanted ? [wanted].find(existsSync) : chromiumPlaces.find(existsSync)
  if (found) return found
  throw new Error(
    wanted
      ? `CHROMIUM_PATH says ${wanted}, and there is no such file.`
      : 'Chromium is missing, and the editor is shown in it. On Debian: apt-get install -y chromium. Elsewhere set CHROMIUM_PATH.',
  )
}

export function launchBrowser() {
  return chromium.launch({ executablePath: findChromium(), args: chromiumFlags })
}

/**
 * Starts one editor with a fresh profile. `stop` ends exactly the process that this started and removes its files.
 * `extension`: what is installed in it, a .vsix file, 'checkout', or null. `driver`: takes the payload of a test run,
 * and then shows no messages on the page.
 */
export async function startEditor({
  settings = {},
  workspaceTrust = false,
  env = {},
  extension = null,
  driver = false,
} = {}) {
  const home = await mkdtemp(path.join(os.tmpdir(), 'llm-providers-editor-'))
  const folders = {
    data: path.join(home, 'data'),
    extensions: path.join(home, 'extensions'),
    kept: path.join(home, 'kept'),
  }
  await mkdir(path.join(folders.data, 'User'), { recursive: true })
  await writeFile(path.join(folders.data, 'User', 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }))
  const common = ['--user-data-dir', folders.data, '--extensions-dir', folders.extensions]
  await mkdir(folders.extensions)
  if (extension === 'checkout') await symlink(root, path.join(folders.extensions, 'llm-providers.llm-providers-0.0.0'))
  else if (extension) installExtension(extension, common)
  // The tests from inside bring models of VS Code, for which some other extension has to name a vendor.
  if (driver) await symlink(path.join(root, 'samples/extension'), path.join(folders.extensions, 'sample.sample-0.0.1'))
  const args = [
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'],
    ...['--disable-telemetry', '--server-data-dir', path.join(home, 'server')],
    ...(driver ? ['--enable-smoke-test-driver'] : []),
    ...(workspaceTrust ? [] : ['--disable-workspace-trust']),
    ...common,
  ]
  const child = spawn(projectNode, [serverMain, ...args], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Never the folder of whoever runs this.
    env: { ...process.env, LLM_PROVIDERS_HOME: folders.kept, ...env },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const port = await portOf(child).catch(async (error) => {
    child.kill()
    await ended
    await rm(home, { recursive: true, force: true })
    throw error
  })
  return {
    /** Extension hosts, and the servers of extensions, run below it. */
    pid: child.pid,
    port,
    home,
    /** Where the extension keeps its data. */
    dataFolder: folders.kept,
    /** Where it kept them before. */
    globalStorage: path.join(folders.data, 'User', 'globalStorage', 'llm-providers.llm-providers'),
    address: (folder, payload = []) => addressOf(port, folder, payload),
    async stop() {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(killer)
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

/** What tells a page to load the extension from the checkout and to run a test module in its extension host. */
export function testPayload(port, testsPath) {
  const remote = `vscode-remote://127.0.0.1:${port}`
  return [
    ['extensionDevelopmentPath', `${remote}${root}`],
    ['extensionTestsPath', `${remote}${testsPath}`],
  ]
}

const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.enabled': false,
  // As on the desktop; in a browser the editor would save by itself after a second.
  'files.autoSave': 'off',
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.startupPrompt': 'never',
}

function addressOf(port, folder, payload) {
  const query = new URLSearchParams({ folder, payload: JSON.stringify([...payload, ['skipWelcome', 'true']]) })
  return `http://127.0.0.1:${port}/?${query}`
}

function installExtension(vsix, common) {
  const run = spawnSync(projectNode, [serverMain, '--install-extension', vsix, ...common], { encoding: 'utf8' })
  if (run.status !== 0 || !/successfully installed/.test(run.stdout)) {
    throw new Error(`The editor did not install ${vsix}:\n${run.stdout}${run.stderr}`)
  }
}

/** The port that the editor took, read from what it prints. */
function portOf(child) {
  return new Promise((resolve, reject) => {
    const said = []
    const listen = (stream) =>
      readline.createInterface({ input: stream }).on('line', (line) => {
        said.push(line)
        const port = /listening on (\d+)/.exec(line)?.[1]
        if (port) resolve(Number(port))
      })
    listen(child.stdout)
    listen(child.stderr)
    child.once('exit', (code) => reject(new Error(`The editor ended at once (${code}):\n${said.join('\n')}`)))
    child.once('error', reject)
  })
}
