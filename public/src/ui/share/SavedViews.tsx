// The saved views: open one, delete one, or save the current view under a name.

import { type FormEvent, useState } from 'react';
import { Button, Form, Input, Label, TextField } from 'react-aria-components';
import { loadViews, type SavedView, saveViews, withView } from '../../state/savedViews';
import { Cross } from '../controls/icons';
import { useApp, useI18n } from '../hooks/context';

export default function SavedViews({ onDone }: { onDone(): void }) {
  const { url } = useApp();
  const { text } = useI18n();
  const [views, setViews] = useState(loadViews);
  const [name, setName] = useState('');
  const keep = (next: SavedView[]): void => {
    saveViews(next);
    setViews(next);
  };
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() === '') return;
    keep(withView(views, { name: name.trim(), hash: new URL(url.link()).hash }));
    setName('');
  };
  return (
    <>
      <h3>{text.savedViews}</h3>
      {views.length === 0 && <p className="hint">{text.noViews}</p>}
      <ul className="view-list">
        {views.map((view) => (
          <li key={view.name} data-view={view.name}>
            <Button
              className="quiet"
              onPress={() => {
                url.open(view.hash);
                onDone();
              }}
            >
              <span className="name-text" dir="auto">
                {view.name}
              </span>
            </Button>
            <Button
              className="quiet icon"
              aria-label={text.deleteView(view.name)}
              onPress={() => keep(views.filter((other) => other !== view))}
            >
              <Cross />
            </Button>
          </li>
        ))}
      </ul>
      <Form className="view-form" onSubmit={save}>
        <TextField className="field" value={name} onChange={setName} maxLength={60}>
          <Label>{text.viewName}</Label>
          <Input />
        </TextField>
        <Button type="submit" className="quiet reset" isDisabled={name.trim() === ''}>
          {text.saveView}
        </Button>
      </Form>
    </>
  );
}
