// The play button of the timeline, and how it plays.

import { Button, Dialog, DialogTrigger, Popover, Switch } from 'react-aria-components';
import { PLAY_MODES, PLAY_STEPS } from '../../../data/time/play';
import { Pause, Play } from '../../controls/icons';
import { SegmentedControl } from '../../controls/SegmentedControl';
import { useI18n, useModel, useUrl } from '../../hooks/context';
import type { Live } from './useLiveRange';
import { type Player, type PlaySettings, SPEEDS, type Speed } from './usePlay';

interface PlayControlsProps {
  player: Player;
  live: Live;
  settings: PlaySettings;
  onChange(settings: PlaySettings): void;
}

export function PlayControls({ player: { isPlaying, toggle }, live, settings, onChange }: PlayControlsProps) {
  const { text } = useI18n();
  // Whether there are pictures depends on these.
  useUrl('view', 'kind', 'lines', 'hours', 'compare', 'growth', 'showsDensity', 'overlays', 'areaFill');
  useModel('dataset');
  const canShow = live.canShow();
  const startLabel = matchMedia('(prefers-reduced-motion: reduce)').matches ? text.playOneStep : text.playDays;
  return (
    <span className="play-controls">
      <Button
        className="quiet icon"
        data-shortcut="play"
        aria-label={isPlaying ? text.pause : startLabel}
        isDisabled={!canShow}
        onPress={toggle}
      >
        {isPlaying ? <Pause /> : <Play />}
      </Button>
      <DialogTrigger>
        <Button className="quiet small" data-action="play-settings">
          {text.playSettings}
        </Button>
        <Popover placement="top start" className="hours-popover card">
          <Dialog aria-label={text.playSettings} className="play-settings">
            <Settings settings={settings} onChange={onChange} />
            {!canShow && <p className="hint">{text.playNotHere}</p>}
          </Dialog>
        </Popover>
      </DialogTrigger>
    </span>
  );
}

function Settings({ settings, onChange }: Pick<PlayControlsProps, 'settings' | 'onChange'>) {
  const { text, format } = useI18n();
  const change = (part: Partial<PlaySettings>): void => onChange({ ...settings, ...part });
  return (
    <>
      <SegmentedControl
        label={text.playMode}
        name="play-mode"
        options={PLAY_MODES.map((id) => ({ id, name: text.playModes[id] }))}
        chosen={settings.mode}
        onChoose={(id) => change({ mode: PLAY_MODES.find((mode) => mode === id) ?? settings.mode })}
      />
      <SegmentedControl
        label={text.playStep}
        name="play-step"
        options={PLAY_STEPS.map((step) => ({
          id: String(step),
          name: text.dayCount(format.number(step), step === 1),
        }))}
        chosen={String(settings.step)}
        onChoose={(id) => change({ step: PLAY_STEPS.find((step) => String(step) === id) ?? settings.step })}
      />
      <SegmentedControl
        label={text.playSpeed}
        name="play-speed"
        options={Object.keys(SPEEDS).map((id) => ({ id, name: text.playSpeeds[id as Speed] }))}
        chosen={settings.speed}
        onChoose={(id) => change({ speed: id as Speed })}
      />
      <Switch
        className="switch"
        data-choice="play-loop"
        isSelected={settings.isLooped}
        onChange={(isLooped) => change({ isLooped })}
      >
        {text.playLoop}
        <span className="switch-track" />
      </Switch>
    </>
  );
}
