//! The graph as SVG: boxes in layers from top to bottom, one layer below all that a box waits for.
//!
//! Small on purpose. Colours come from CSS classes with `currentColor` behind them, so that the picture fits a light and a
//! dark page.

use std::fmt::Write;

use super::label::Label;

const HEIGHT: usize = 52;
const GAP_X: usize = 32;
const GAP_Y: usize = 44;
const MARGIN: usize = 16;

struct Box {
    layer: usize,
    x: usize,
    y: usize,
    width: usize,
}

/// The picture of these boxes; edges lead from earlier to later ones.
pub fn draw(labels: &[Label], edges: &[(usize, usize)]) -> String {
    let boxes = layout(labels, edges);
    let right = boxes.iter().map(|shape| shape.x + shape.width).max().unwrap_or(0) + MARGIN;
    let bottom = boxes.iter().map(|shape| shape.y + HEIGHT).max().unwrap_or(0) + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {right} {bottom}\" width=\"{right}\" height=\"{bottom}\" \
         role=\"img\" font-family=\"system-ui, 'PingFang SC', 'Microsoft YaHei', sans-serif\">\n<defs><marker id=\"tip\" \
         viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 \
         z\" fill=\"currentColor\"/></marker></defs>\n"
    );
    for (from, to) in edges {
        let (Some(from), Some(to)) = (boxes.get(*from), boxes.get(*to)) else { continue };
        let (x1, y1) = (from.x + from.width / 2, from.y + HEIGHT);
        let (x2, y2) = (to.x + to.width / 2, to.y);
        let middle = y1.midpoint(y2);
        let _ = writeln!(
            svg,
            "<path class=\"edge\" d=\"M{x1} {y1} C{x1} {middle} {x2} {middle} {x2} {y2}\" fill=\"none\" \
             stroke=\"currentColor\" stroke-opacity=\"0.55\" marker-end=\"url(#tip)\"/>"
        );
    }
    for (index, (label, shape)) in labels.iter().zip(&boxes).enumerate() {
        let Box { x, y, width, .. } = shape;
        let class = if index == 0 { "trigger" } else { "step" };
        let radius = if index == 0 { HEIGHT / 2 } else { 8 };
        let centre = x + width / 2;
        let _ = writeln!(
            svg,
            "<g class=\"{class}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"{radius}\" \
             fill=\"currentColor\" fill-opacity=\"0.06\" stroke=\"currentColor\" stroke-opacity=\"0.55\"/><text \
             x=\"{centre}\" y=\"{}\" text-anchor=\"middle\" font-size=\"14\" fill=\"currentColor\">{}</text><text \
             x=\"{centre}\" y=\"{}\" text-anchor=\"middle\" font-size=\"11\" fill=\"currentColor\" \
             fill-opacity=\"0.7\">{}</text></g>",
            y + 22,
            escaped(&label.title),
            y + 40,
            escaped(&label.detail),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn layout(labels: &[Label], edges: &[(usize, usize)]) -> Vec<Box> {
    let mut layers = vec![0_usize; labels.len()];
    // Longest path; as many rounds as there are boxes are enough, circles or not.
    for _ in 0..labels.len() {
        let mut changed = false;
        for (from, to) in edges {
            if let (Some(above), Some(here)) = (layers.get(*from).copied(), layers.get(*to).copied())
                && here <= above
                && above + 1 < labels.len()
            {
                layers[*to] = above + 1;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let widths: Vec<usize> =
        labels.iter().map(|label| width(&label.title, 14).max(width(&label.detail, 11)) + 28).collect();
    let row = |layer: usize| -> Vec<usize> { (0..labels.len()).filter(|index| layers[*index] == layer).collect() };
    let depth = layers.iter().copied().max().map_or(0, |deepest| deepest + 1);
    let total = |layer: usize| {
        let indexes = row(layer);
        indexes.iter().map(|index| widths[*index]).sum::<usize>() + GAP_X * indexes.len().saturating_sub(1)
    };
    let widest = (0..depth).map(total).max().unwrap_or(0);
    let mut boxes: Vec<Box> =
        widths.iter().zip(&layers).map(|(width, layer)| Box { layer: *layer, x: 0, y: 0, width: *width }).collect();
    for layer in 0..depth {
        let mut x = MARGIN + (widest - total(layer)) / 2;
        for index in row(layer) {
            let shape = &mut boxes[index];
            shape.x = x;
            shape.y = MARGIN + shape.layer * (HEIGHT + GAP_Y);
            x += shape.width + GAP_X;
        }
    }
    boxes
}

/// About how wide a text is: Chinese characters are square, others a bit more than half as wide.
fn width(text: &str, size: usize) -> usize {
    let tenths: usize = text.chars().map(|c| if c > '\u{2e7f}' { 10 } else { 6 }).sum();
    tenths * size / 10
}

fn escaped(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .map(|c| match c {
            '&' => "&amp;".to_string(),
            '<' => "&lt;".to_string(),
            '>' => "&gt;".to_string(),
            '"' => "&quot;".to_string(),
            _ => c.to_string(),
        })
        .collect()
}
