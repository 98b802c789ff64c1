package lazulite;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import com.microsoft.windowsazure.services.blob.models.BlockList;
import com.microsoft.windowsazure.services.media.MediaContract;
import com.microsoft.windowsazure.services.media.WritableBlobContainerContract;
import com.microsoft.windowsazure.services.media.models.AccessPolicy;
import com.microsoft.windowsazure.services.media.models.AccessPolicyInfo;
import com.microsoft.windowsazure.services.media.models.AccessPolicyPermission;
import com.microsoft.windowsazure.services.media.models.Asset;
import com.microsoft.windowsazure.services.media.models.AssetFile;
import com.microsoft.windowsazure.services.media.models.AssetFileInfo;
import com.microsoft.windowsazure.services.media.models.AssetInfo;
import com.microsoft.windowsazure.services.media.models.EndPointType;
import com.microsoft.windowsazure.services.media.models.Job;
import com.microsoft.windowsazure.services.media.models.JobInfo;
import com.microsoft.windowsazure.services.media.models.JobNotificationSubscription;
import com.microsoft.windowsazure.services.media.models.JobState;
import com.microsoft.windowsazure.services.media.models.Locator;
import com.microsoft.windowsazure.services.media.models.LocatorInfo;
import com.microsoft.windowsazure.services.media.models.LocatorType;
import com.microsoft.windowsazure.services.media.models.MediaProcessor;
import com.microsoft.windowsazure.services.media.models.NotificationEndPoint;
import com.microsoft.windowsazure.services.media.models.NotificationEndPointInfo;
import com.microsoft.windowsazure.services.media.models.TargetJobState;
import com.microsoft.windowsazure.services.media.models.Task;
import com.microsoft.windowsazure.services.media.models.TaskInfo;
import com.microsoft.windowsazure.services.media.models.TaskState;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import org.junit.Test;

/** A clip goes up through a SAS locator, is encoded by a job made in a $batch, published and played. */
public class JobTest {
    private static final String TASK_BODY = "<taskBody><inputAsset>JobInputAsset(0)</inputAsset>"
            + "<outputAsset assetName=\"java output\">JobOutputAsset(0)</outputAsset></taskBody>";
    private final MediaContract service;
    private final String encoder;

    public JobTest() throws Exception {
        service = Service.connect();
        encoder = service.list(MediaProcessor.list().set("$filter", "Name eq 'Media Encoder Standard'")).get(0).getId();
    }

    @Test
    public void aClipIsUploadedEncodedPublishedAndPlayed() throws Exception {
        byte[] clip = Files.readAllBytes(Path.of(Service.required("CLIENTS_CLIP")));
        AssetInfo source = upload(clip);

        JobInfo job = service.create(Job.create().setName("java job").setPriority(3).addInputMediaAsset(source.getId())
                .addTaskCreator(Task.create(encoder, TASK_BODY).setName("java task").setConfiguration("H264 Single Bitrate 16x9 SD")));
        assertEquals("java job", job.getName());
        assertEquals(3, job.getPriority());
        assertEquals(source.getId(), service.list(Asset.list(service.get(Job.get(job.getId())).getInputAssetsLink())).get(0).getId());
        JobInfo ended = awaitEnd(job.getId());
        TaskInfo task = service.list(Task.list(ended.getTasksLink())).get(0);
        assertEquals(String.valueOf(task.getErrorDetails()), JobState.Finished, ended.getState());
        assertEquals(TaskState.Completed, task.getState());
        assertEquals("java task", task.getName());
        assertEquals(100, task.getProgress(), 0);
        assertTrue(ended.getEndTime().after(ended.getStartTime()));

        AssetInfo output = service.list(Asset.list(ended.getOutputAssetsLink())).get(0);
        assertEquals("java output", output.getName());
        assertEquals(source.getId(), service.list(Asset.list(output.getParentAssetsLink())).get(0).getId());
        String manifest = service.list(AssetFile.list(output.getAssetFilesLink())).stream().map(AssetFileInfo::getName)
                .filter(name -> name.endsWith(".ism")).findFirst().orElseThrow();
        AccessPolicyInfo reading = service.create(AccessPolicy.create("java read", 60, EnumSet.of(AccessPolicyPermission.READ)));
        LocatorInfo origin = service.create(Locator.create(reading.getId(), output.getId(), LocatorType.OnDemandOrigin));
        String played = new String(Service.get(origin.getPath() + manifest + "/Manifest").body(), StandardCharsets.UTF_8);
        assertTrue(played, played.contains("<SmoothStreamingMedia"));

        Date later = new Date(System.currentTimeMillis() / 1000 * 1000 + 600_000);
        service.update(Locator.update(origin.getId()).setStartDateTime(later));
        assertEquals(later, service.get(Locator.get(origin.getId())).getStartTime());

        service.delete(Job.delete(job.getId()));
        service.delete(Asset.delete(output.getId()));
        service.delete(Asset.delete(source.getId()));
        Service.assertRefused(404, () -> service.get(Job.get(job.getId())));
    }

    @Test
    public void aJobThatTellsAQueueIsCancelled() throws Exception {
        AssetInfo source = upload(Files.readAllBytes(Path.of(Service.required("CLIENTS_CLIP"))));
        NotificationEndPointInfo queue = service.create(NotificationEndPoint.create("java queue", EndPointType.AzureQueue, "java-jobs"));
        JobInfo job = service.create(Job.create().setName("java cancelled").addInputMediaAsset(source.getId())
                .addJobNotificationSubscription(new JobNotificationSubscription(queue.getId(), TargetJobState.All))
                .addTaskCreator(Task.create(encoder, TASK_BODY).setConfiguration("H264 Multiple Bitrate 1080p")));
        assertEquals(queue.getId(), job.getJobNotificationSubscriptions().get(0).getNotificationEndPointId());
        service.action(Job.cancel(job.getId()));
        assertEquals(JobState.Canceled, awaitEnd(job.getId()).getState());
        Service.assertRefused(400, () -> service.action(Job.cancel(job.getId())));

        service.delete(Job.delete(job.getId()));
        service.delete(NotificationEndPoint.delete(queue.getId()));
        service.delete(Asset.delete(source.getId()));
    }

    @Test
    public void aJobWithoutItsInputIsRefusedWhole() throws Exception {
        Service.assertRefused(400, () -> service.create(Job.create().setName("java nothing").addTaskCreator(
                Task.create(encoder, TASK_BODY).setName("t").setConfiguration("H264 Single Bitrate 16x9 SD"))));
        assertTrue(service.list(Job.list().set("$filter", "Name eq 'java nothing'")).isEmpty());
    }

    /** An asset whose one file went up in three blocks through a locator; what comes down again is the same. */
    private AssetInfo upload(byte[] clip) throws Exception {
        AssetInfo asset = service.create(Asset.create().setName("java source"));
        AccessPolicyInfo policy = service.create(AccessPolicy.create("java write", 60, EnumSet.of(AccessPolicyPermission.READ, AccessPolicyPermission.WRITE)));
        LocatorInfo locator = service.create(Locator.create(policy.getId(), asset.getId(), LocatorType.SAS));
        WritableBlobContainerContract writer = service.createBlobWriter(locator);
        BlockList blocks = new BlockList();
        int step = clip.length / 3 + 1;
        for (int from = 0; from < clip.length; from += step) {
            String id = "block" + from / step;
            writer.createBlobBlock("clip.mp4", id, new ByteArrayInputStream(Arrays.copyOfRange(clip, from, Math.min(clip.length, from + step))));
            blocks.addUncommittedEntry(id);
        }
        writer.commitBlobBlocks("clip.mp4", blocks);
        writer.createBlockBlob("note.txt", new ByteArrayInputStream("note".getBytes(StandardCharsets.UTF_8)));
        assertArrayEquals(clip, Service.get(locator.getBaseUri() + "/clip.mp4" + locator.getContentAccessToken()).body());

        service.action(AssetFile.createFileInfos(asset.getId()));
        List<AssetFileInfo> files = service.list(AssetFile.list(asset.getAssetFilesLink()));
        assertEquals(2, files.size());
        for (AssetFileInfo file : files) {
            if (file.getName().equals("clip.mp4")) service.update(AssetFile.update(file.getId()).setIsPrimary(true));
        }
        service.delete(Locator.delete(locator.getId()));
        return asset;
    }

    private JobInfo awaitEnd(String id) throws Exception {
        long deadline = System.currentTimeMillis() + 60_000;
        for (;;) {
            JobInfo job = service.get(Job.get(id));
            if (EnumSet.of(JobState.Finished, JobState.Error, JobState.Canceled).contains(job.getState())) return job;
            assertTrue("the job is still " + job.getState(), System.currentTimeMillis() < deadline);
            Thread.sleep(100);
        }
    }
}
