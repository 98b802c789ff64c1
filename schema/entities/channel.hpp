// Channel, a live source (api.md 5.23). Live is not offered: no row exists, and none can be made. The names and types
// are here for clients that list, filter, or read $metadata, and so that a refused creation is refused for what it is.
// Deviation: Edm.Time and Edm.Int16 properties are text and Edm.Int32.
#pragma once

#include "schema/entities/streaming_endpoint.hpp"

namespace lazulite {

struct ChannelAccessControl {
  std::optional<IpAccessControl> ip;
};
inline constexpr model::Property kChannelAccessControlProperties[] = {model::property<&ChannelAccessControl::ip>("IP")};
inline constexpr model::ComplexType kChannelAccessControl{"ChannelAccessControl", kChannelAccessControlProperties};
constexpr const model::ComplexType& complex_type(const ChannelAccessControl*) { return kChannelAccessControl; }

struct ChannelServiceEndpoint {
  std::string protocol, url;
};
inline constexpr model::Property kChannelServiceEndpointProperties[] = {
    model::property<&ChannelServiceEndpoint::protocol>("Protocol"),
    model::property<&ChannelServiceEndpoint::url>("Url"),
};
inline constexpr model::ComplexType kChannelServiceEndpoint{"ChannelServiceEndpoint",
                                                            kChannelServiceEndpointProperties};
constexpr const model::ComplexType& complex_type(const ChannelServiceEndpoint*) { return kChannelServiceEndpoint; }

struct ChannelInput {
  std::optional<std::string> key_frame_interval, streaming_protocol;
  std::optional<ChannelAccessControl> access_control;
  std::vector<ChannelServiceEndpoint> endpoints;
};
inline constexpr model::Property kChannelInputProperties[] = {
    model::property<&ChannelInput::key_frame_interval>("KeyFrameInterval"),
    model::property<&ChannelInput::streaming_protocol>("StreamingProtocol"),
    model::property<&ChannelInput::access_control>("AccessControl"),
    model::property<&ChannelInput::endpoints>("Endpoints"),
};
inline constexpr model::ComplexType kChannelInput{"ChannelInput", kChannelInputProperties};
constexpr const model::ComplexType& complex_type(const ChannelInput*) { return kChannelInput; }

struct ChannelPreview {
  std::optional<ChannelAccessControl> access_control;
  std::vector<ChannelServiceEndpoint> endpoints;
};
inline constexpr model::Property kChannelPreviewProperties[] = {
    model::property<&ChannelPreview::access_control>("AccessControl"),
    model::property<&ChannelPreview::endpoints>("Endpoints"),
};
inline constexpr model::ComplexType kChannelPreview{"ChannelPreview", kChannelPreviewProperties};
constexpr const model::ComplexType& complex_type(const ChannelPreview*) { return kChannelPreview; }

struct ChannelOutputHls {
  std::optional<std::int32_t> fragments_per_segment;
};
inline constexpr model::Property kChannelOutputHlsProperties[] = {
    model::property<&ChannelOutputHls::fragments_per_segment>("FragmentsPerSegment")};
inline constexpr model::ComplexType kChannelOutputHls{"ChannelOutputHls", kChannelOutputHlsProperties};
constexpr const model::ComplexType& complex_type(const ChannelOutputHls*) { return kChannelOutputHls; }

struct ChannelOutput {
  std::optional<ChannelOutputHls> hls;
};
inline constexpr model::Property kChannelOutputProperties[] = {model::property<&ChannelOutput::hls>("Hls")};
inline constexpr model::ComplexType kChannelOutput{"ChannelOutput", kChannelOutputProperties};
constexpr const model::ComplexType& complex_type(const ChannelOutput*) { return kChannelOutput; }

struct VideoStream {
  std::int32_t index = 0;
};
inline constexpr model::Property kVideoStreamProperties[] = {model::property<&VideoStream::index>("Index")};
inline constexpr model::ComplexType kVideoStream{"VideoStream", kVideoStreamProperties};
constexpr const model::ComplexType& complex_type(const VideoStream*) { return kVideoStream; }

struct AudioStream {
  std::int32_t index = 0;
  std::optional<std::string> language;
};
inline constexpr model::Property kAudioStreamProperties[] = {
    model::property<&AudioStream::index>("Index"),
    model::property<&AudioStream::language>("Language"),
};
inline constexpr model::ComplexType kAudioStream{"AudioStream", kAudioStreamProperties};
constexpr const model::ComplexType& complex_type(const AudioStream*) { return kAudioStream; }

struct ChannelEncoding {
  std::optional<std::string> system_preset;
  std::vector<VideoStream> video_streams;
  std::vector<AudioStream> audio_streams;
  bool ignore_cea708_closed_captions = false;
  std::optional<std::string> ad_marker_source;
};
inline constexpr model::Property kChannelEncodingProperties[] = {
    model::property<&ChannelEncoding::system_preset>("SystemPreset"),
    model::property<&ChannelEncoding::video_streams>("VideoStreams"),
    model::property<&ChannelEncoding::audio_streams>("AudioStreams"),
    model::property<&ChannelEncoding::ignore_cea708_closed_captions>("IgnoreCea708ClosedCaptions"),
    model::property<&ChannelEncoding::ad_marker_source>("AdMarkerSource"),
};
inline constexpr model::ComplexType kChannelEncoding{"ChannelEncoding", kChannelEncodingProperties};
constexpr const model::ComplexType& complex_type(const ChannelEncoding*) { return kChannelEncoding; }

struct ChannelSlate {
  bool insert_slate_on_ad_marker = false;
  std::optional<std::string> default_slate_asset_id;
};
inline constexpr model::Property kChannelSlateProperties[] = {
    model::property<&ChannelSlate::insert_slate_on_ad_marker>("InsertSlateOnAdMarker"),
    model::property<&ChannelSlate::default_slate_asset_id>("DefaultSlateAssetId"),
};
inline constexpr model::ComplexType kChannelSlate{"ChannelSlate", kChannelSlateProperties};
constexpr const model::ComplexType& complex_type(const ChannelSlate*) { return kChannelSlate; }

struct Channel {
  std::string id;
  std::optional<std::string> name, description;
  Timestamp created{}, last_modified{};
  std::optional<std::string> state, encoding_type;
  std::optional<CrossSiteAccessPolicies> cross_site_access_policies;
  std::optional<ChannelInput> input;
  std::optional<ChannelPreview> preview;
  std::optional<ChannelOutput> output;
  std::optional<ChannelEncoding> encoding;
  std::optional<ChannelSlate> slate;
  bool vanity_url = false;
};

inline constexpr model::Property kChannelProperties[] = {
    model::property<&Channel::id>("Id", model::kKey | model::kServerSet),
    model::property<&Channel::name>("Name"),
    model::property<&Channel::description>("Description"),
    model::property<&Channel::created>("Created", model::kServerSet),
    model::property<&Channel::last_modified>("LastModified", model::kServerSet),
    model::property<&Channel::state>("State", model::kServerSet),
    model::property<&Channel::encoding_type>("EncodingType"),
    model::property<&Channel::cross_site_access_policies>("CrossSiteAccessPolicies"),
    model::property<&Channel::input>("Input"),
    model::property<&Channel::preview>("Preview"),
    model::property<&Channel::output>("Output"),
    model::property<&Channel::encoding>("Encoding"),
    model::property<&Channel::slate>("Slate"),
    model::property<&Channel::vanity_url>("VanityUrl"),
};
inline constexpr model::Navigation kChannelNavigations[] = {model::to_many("Programs", "Programs", "ChannelId")};
inline constexpr model::EntityType kChannel{
    "Channel", "Channels", "nb:chid:UUID:", kChannelProperties, kChannelNavigations, model::kCreate};
static_assert(is_well_formed(kChannel));
constexpr const model::EntityType& entity_type(const Channel*) { return kChannel; }

}  // namespace lazulite
