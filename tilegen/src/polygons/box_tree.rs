//! A tree of bounding boxes, which finds the pairs that overlap, and the boxes near something else.

use std::ops::ControlFlow;

use geo::{Intersects, Rect};

/// Maximum number of boxes in a leaf.
const MAX_LEAF: usize = 8;

/// A binary tree over a list of boxes.
pub(crate) struct BoxTree {
    boxes: Vec<Rect>,
    /// Indices of the boxes, so that each node has a range of them.
    order: Vec<u32>,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy)]
struct Node {
    bounds: Rect,
    start: usize,
    end: usize,
    /// The two nodes below; `None` for a leaf.
    children: Option<(usize, usize)>,
}

type PairHandler<'t> = &'t mut dyn FnMut(usize, usize) -> ControlFlow<()>;

impl BoxTree {
    pub(crate) fn new(boxes: Vec<Rect>) -> Self {
        let count = boxes.len();
        let mut tree = Self { boxes, order: (0..count as u32).collect(), nodes: Vec::new() };
        if count > 0 {
            tree.add_node(0, count);
        }
        tree
    }

    /// Calls `on_box` with every wanted box, and with some others near them. Bounds that contain a wanted
    /// box must be wanted too.
    pub(crate) fn search(&self, is_wanted: &dyn Fn(Rect) -> bool, on_box: &mut dyn FnMut(usize)) {
        if !self.nodes.is_empty() {
            self.search_node(0, is_wanted, on_box);
        }
    }

    fn search_node(
        &self,
        node: usize,
        is_wanted: &dyn Fn(Rect) -> bool,
        on_box: &mut dyn FnMut(usize),
    ) {
        let Node { bounds, start, end, children } = self.nodes[node];
        if !is_wanted(bounds) {
            return;
        }
        if let Some((left, right)) = children {
            self.search_node(left, is_wanted, on_box);
            self.search_node(right, is_wanted, on_box);
        } else {
            self.order[start..end].iter().for_each(|&index| on_box(index as usize));
        }
    }

    fn bounds(&self, place: usize) -> Rect {
        self.boxes[self.order[place] as usize]
    }

    /// Adds the node of a range of boxes and the nodes below it. The depth is the logarithm of the number
    /// of boxes, because each node has half of the boxes of the one above.
    fn add_node(&mut self, start: usize, end: usize) -> usize {
        let bounds = (start + 1..end).fold(self.bounds(start), |bounds, place| {
            let (low, high, other) = (bounds.min(), bounds.max(), self.bounds(place));
            Rect::new(
                (low.x.min(other.min().x), low.y.min(other.min().y)),
                (high.x.max(other.max().x), high.y.max(other.max().y)),
            )
        });
        let number = self.nodes.len();
        self.nodes.push(Node { bounds, start, end, children: None });
        if end - start > MAX_LEAF {
            let half = (end - start) / 2;
            let is_wide = bounds.width() > bounds.height();
            let boxes = &self.boxes;
            let middle = |&index: &u32| {
                let centre = boxes[index as usize].center();
                if is_wide { centre.x } else { centre.y }
            };
            self.order[start..end]
                .select_nth_unstable_by(half, |a, b| middle(a).total_cmp(&middle(b)));
            let left = self.add_node(start, start + half);
            let right = self.add_node(start + half, end);
            self.nodes[number].children = Some((left, right));
        }
        number
    }

    /// Calls `on_pair` once with each pair of boxes that overlap or touch, until it breaks.
    pub(crate) fn for_each_pair(&self, on_pair: PairHandler<'_>) {
        if !self.nodes.is_empty() {
            let _: ControlFlow<()> = self.within(0, on_pair);
        }
    }

    fn within(&self, node: usize, on_pair: PairHandler<'_>) -> ControlFlow<()> {
        let Node { start, end, children, .. } = self.nodes[node];
        if let Some((left, right)) = children {
            self.within(left, on_pair)?;
            self.within(right, on_pair)?;
            return self.between(left, right, on_pair);
        }
        for first in start..end {
            for second in first + 1..end {
                self.pair(first, second, on_pair)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn between(&self, a: usize, b: usize, on_pair: PairHandler<'_>) -> ControlFlow<()> {
        let (node_a, node_b) = (self.nodes[a], self.nodes[b]);
        if !node_a.bounds.intersects(&node_b.bounds) {
            return ControlFlow::Continue(());
        }
        let is_larger = node_a.end - node_a.start >= node_b.end - node_b.start;
        match (node_a.children, node_b.children) {
            (Some((left, right)), _) if is_larger || node_b.children.is_none() => {
                self.between(left, b, on_pair)?;
                self.between(right, b, on_pair)
            }
            (_, Some((left, right))) => {
                self.between(a, left, on_pair)?;
                self.between(a, right, on_pair)
            }
            (_, None) => {
                for first in node_a.start..node_a.end {
                    for second in node_b.start..node_b.end {
                        self.pair(first, second, on_pair)?;
                    }
                }
                ControlFlow::Continue(())
            }
        }
    }

    fn pair(&self, first: usize, second: usize, on_pair: PairHandler<'_>) -> ControlFlow<()> {
        if self.bounds(first).intersects(&self.bounds(second)) {
            on_pair(self.order[first] as usize, self.order[second] as usize)
        } else {
            ControlFlow::Continue(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_pair_of_overlapping_boxes_is_found_once(
            corners in proptest::collection::vec((0u8..60, 0u8..60, 0u8..9, 0u8..9), 0..80),
        ) {
            let boxes: Vec<Rect> = corners
                .iter()
                .map(|&(x, y, width, height)| {
                    let (west, south) = (f64::from(x), f64::from(y));
                    Rect::new((west, south), (west + f64::from(width), south + f64::from(height)))
                })
                .collect();
            let mut found = Vec::new();
            BoxTree::new(boxes.clone()).for_each_pair(&mut |a, b| {
                found.push((a.min(b), a.max(b)));
                ControlFlow::Continue(())
            });
            let pairs = (0..boxes.len()).flat_map(|a| (a + 1..boxes.len()).map(move |b| (a, b)));
            let wanted: BTreeSet<_> =
                pairs.filter(|&(a, b)| boxes[a].intersects(&boxes[b])).collect();
            prop_assert_eq!(found.len(), wanted.len());
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted);
        }

        #[test]
        fn a_search_finds_every_wanted_box(
            corners in proptest::collection::vec((0u8..60, 0u8..60), 0..80), at in 0u8..60,
        ) {
            let point = |&(x, y): &(u8, u8)| {
                let corner = (f64::from(x), f64::from(y));
                Rect::new(corner, corner)
            };
            let boxes: Vec<Rect> = corners.iter().map(point).collect();
            let is_wanted = |bounds: Rect| bounds.min().x <= f64::from(at) && bounds.max().y >= 30.0;
            let mut found = Vec::new();
            BoxTree::new(boxes.clone()).search(&is_wanted, &mut |index| found.push(index));
            found.retain(|&index| is_wanted(boxes[index]));
            found.sort_unstable();
            let wanted = (0..boxes.len()).filter(|&index| is_wanted(boxes[index]));
            prop_assert_eq!(found, wanted.collect::<Vec<_>>());
        }
    }
}
