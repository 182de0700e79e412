//! The parts of a message besides its text.

use serde::{Deserialize, Serialize};

/// A part of a message that follows its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentPart {
    /// More text.
    Text(String),
    /// An image.
    Image(Image),
}

/// An image that goes along with a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// Its type, such as `image/png`.
    pub media_type: String,
    /// Its bytes in base64.
    pub data: String,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

impl Image {
    /// Returns the `data:` address in which it is sent.
    #[must_use]
    pub fn address(&self) -> String {
        format!("data:{};base64,{}", self.media_type, self.data)
    }

    /// Estimates its tokens as OpenAI documents it for its models: it is scaled to fit 2048 × 2048, then to 768 on the
    /// shorter side, and costs 85 tokens and 170 for each square of 512 that covers it. Other providers count otherwise.
    #[must_use]
    pub fn estimated_tokens(&self) -> u64 {
        const FITS: u64 = 2_048;
        const SHORTER: u64 = 768;
        const TILE: u64 = 512;
        let (width, height) = (u64::from(self.width.max(1)), u64::from(self.height.max(1)));
        let longer = width.max(height).max(FITS);
        // In pixels: first the limit of both sides, then that of the shorter one.
        let (width, height) = ((width * FITS / longer).max(1), (height * FITS / longer).max(1));
        let shorter = width.min(height).max(SHORTER);
        let (width, height) = ((width * SHORTER / shorter).max(1), (height * SHORTER / shorter).max(1));
        85 + 170 * width.div_ceil(TILE) * height.div_ceil(TILE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_costs_what_openai_documents() {
        let tokens = |width, height| Image { width, height, ..Image::default() }.estimated_tokens();
        // The two examples of OpenAI's guide.
        assert_eq!((tokens(1_024, 1_024), tokens(2_048, 4_096)), (765, 1_105));
        assert_eq!((tokens(0, 0), tokens(512, 512), tokens(513, 512)), (255, 255, 425));
        assert!(tokens(u32::MAX, 1) <= 85 + 170 * 4 && tokens(u32::MAX, u32::MAX) == 765);
    }

    #[test]
    fn parts_come_back_as_they_were_saved() {
        let image = Image { media_type: "image/png".into(), data: "AAAA".into(), width: 2, height: 1 };
        assert_eq!(image.address(), "data:image/png;base64,AAAA");
        let parts = vec![ContentPart::Text("more".into()), ContentPart::Image(image)];
        let saved = serde_json::to_string(&parts).unwrap();
        assert!(saved.starts_with(r#"[{"text":"more"},{"image":{"media_type":"image/png","#), "{saved}");
        assert_eq!(serde_json::from_str::<Vec<ContentPart>>(&saved).unwrap(), parts);
    }
}
