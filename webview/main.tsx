import './styles/main.css'
import { settingsTalk } from '../protocol/page.ts'
import { Frame } from './frame/frame.tsx'
import { startPanel } from './host/startPanel.ts'
import { language } from './parts/language.ts'
import { Builds } from './state/builds.ts'
import { Pulls } from './state/pulls.ts'
import { ServerData } from './state/serverData.ts'

/** Everything of the settings panel's page is built and wired here, once. */
startPanel(settingsTalk, ({ host, storage, announce }) => {
  const data = new ServerData(host, language)
  const pulls = new Pulls(host, storage)
  const builds = new Builds(host)
  return {
    onEvent(event) {
      data.onEvent(event)
      pulls.onEvent(event)
      builds.onEvent(event)
    },
    onServerBack: () => data.readAll(),
    draw({ place, server, announcement, now }) {
      const context = { host, data, storage, pulls, builds, announce, server, now }
      return <Frame context={context} place={place} announcement={announcement} />
    },
  }
})
